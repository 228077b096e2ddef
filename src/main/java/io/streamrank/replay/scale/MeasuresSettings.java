package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Measure;
import java.util.List;

/**
 * What is joined, and which measures are kept.
 *
 * @param rankedTopics where replaying workers publish
 * @param judgmentsTopic where judgments are
 * @param sumsTopic where the measures of each model go, a record a change; compacted it keeps the last
 * @param partitions of the internal topics: how many tasks share the queries
 * @param options what counts; every query that is ranked and judged, and no other
 */
public record MeasuresSettings(
        List<String> rankedTopics,
        String judgmentsTopic,
        String sumsTopic,
        int partitions,
        List<Measure> measures,
        EvaluationOptions options) {
    public MeasuresSettings {
        rankedTopics = List.copyOf(rankedTopics);
        requireNonNull(judgmentsTopic, "judgmentsTopic");
        requireNonNull(sumsTopic, "sumsTopic");
        measures = List.copyOf(measures);
        if (rankedTopics.isEmpty() || measures.isEmpty() || partitions < 1) {
            throw new IllegalArgumentException("at least one topic, one measure and one partition are needed");
        }
        if (options.everyJudgedQuery()) {
            throw new IllegalArgumentException(
                    "queries that were never ranked are not known to this topology, so they cannot count as 0");
        }
    }
}
