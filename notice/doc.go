// Package notice tells the parties what happened. [Witness] derives events from
// what a transaction changed and writes them with it, so that there is no
// change without its notice and no notice without its change; what follows from
// several objects and is kept nowhere, as the steps of a link, is told by
// [Watcher], and what follows from the clock by [Expire]. A [Courier] sends
// notices to webhooks, a [Scribe] writes them to a file.
//
// A notice goes to the accounts that are party to its subject and to nobody
// else, and has nothing that one of them may not see: no key, and nothing of
// another customer's.
//
// Delivery is at least once: a notice that is sent again has the same id and
// the same body, and only the signature is another. What concerns one subject
// arrives in order; a notice that a webhook does not take holds back those of
// the same subject, for a day at most.
//
// What is sent is a CloudEvent (1.0, structured JSON) whose data is an
// EventBridge-like envelope.
package notice
