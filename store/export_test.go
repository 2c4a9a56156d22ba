package store

import clientv3 "go.etcd.io/etcd/client/v3"

// WrapKV puts something between the store and etcd, for what is committed and
// asked from now on.
func (s *Store) WrapKV(wrap func(clientv3.KV) clientv3.KV) { s.kv = wrap(s.kv) }
