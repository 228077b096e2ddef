/**
 * Adds up what workers tell of their transactions, by model, worker and window of time: a Kafka Streams topology with a
 * lifecycle of its own, and queries on its windows. Knows the contract and what all such
 * topologies share, so it runs inside a worker or by itself.
 */
@NullMarked
package io.streamrank.throughput;

import org.jspecify.annotations.NullMarked;
