/**
 * A real Kafka broker in a box, for the demo and the tests: in-process, or as a child JVM that can be killed. Compiled
 * against {@code kafka_2.13} in scope {@code provided}, so the worker's image does not carry it. Knows no other room.
 */
@NullMarked
package io.streamrank.embedded;

import org.jspecify.annotations.NullMarked;
