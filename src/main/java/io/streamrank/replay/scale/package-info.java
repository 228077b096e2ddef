/**
 * Measures of replays that are too large for one machine: workers rank the recorded lists into topics of their own, and a
 * Kafka Streams topology joins what they rank with judgments and keeps sums of the measures for each model, whatever
 * order rankings and judgments come in.
 */
@NullMarked
package io.streamrank.replay.scale;

import org.jspecify.annotations.NullMarked;
