// Package series keeps what ports and interfaces carried lately: one value a
// minute for each [Measure], for three hours, in the memory of one process. It
// is what CloudWatch's metrics are answered from.
//
// A [Keeper] looks once a minute at what agents reported (the sightings in the
// store) and writes nothing. So every control process of a site has the same
// series, whichever of them an agent is attached to, and none outlives its
// process: one that starts has values from its second minute on. Whoever wants
// more, or for longer, lets Prometheus read the agents.
//
// What would surprise you:
//
//   - A series belongs to a connection or an interface and never to a port: the
//     next customer of a port does not see the last one's traffic.
//   - A minute in which nobody heard of the node has no value. Zero means that
//     nothing came.
//   - A counter is as old as the report it came in, up to two seconds, so a
//     rate may be off by a few per cent in one minute and is right over several.
//   - Only changes are kept. An interface that carries the same all the time
//     takes a few hundred bytes, one that never rests six kilobytes.
package series
