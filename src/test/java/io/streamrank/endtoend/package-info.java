/**
 * The worker from outside, as it is deployed: it is started, spoken to over Kafka and HTTP, and asked to end. The same
 * cases run against a broker and processes of this machine, and against containers.
 */
package io.streamrank.endtoend;
