/**
 * What all Kafka Streams applications have in common: the properties of exactly-once processing, and what becomes of a
 * thread that fails. Knows nobody.
 */
@NullMarked
package io.streamrank.streams;

import org.jspecify.annotations.NullMarked;
