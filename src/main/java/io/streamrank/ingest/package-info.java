/**
 * Kafka in and out: the poll loop, the pipeline from request to transaction, dead letters and rebalances. Composes
 * contract, batch and model; nobody but the edges knows it.
 */
@NullMarked
package io.streamrank.ingest;

import org.jspecify.annotations.NullMarked;
