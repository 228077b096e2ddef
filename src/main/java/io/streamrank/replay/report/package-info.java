/**
 * What a replay was worth: reads the folder that a replay writes, holds every model's rankings to judgments and to each
 * other, and shows the outcome as a page, as JSON and to conditions. Knows the rest of the replay room and nothing of
 * Kafka.
 */
@NullMarked
package io.streamrank.replay.report;

import org.jspecify.annotations.NullMarked;
