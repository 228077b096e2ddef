package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.Measure;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is joined, and which measures are kept.
 *
 * @param application names the application to Kafka: its group, its internal topics, its records in the topics it writes
 * @param contenders whose rankings are measured; a list counts once all of them have ranked it
 * @param judgmentsTopic where judgments are
 * @param measuresTopic where each judged query's values go; compacted it keeps the last of each
 * @param totalsTopic where their means go, and how many lists there are; compacted likewise
 * @param partitions of the internal topics: how many tasks share the queries
 * @param options what counts
 * @param skipUnjudged whether a query is left out, for all, that has an unjudged document in a ranking's first ten
 * @param onDisk whether what is known of queries is kept on disk; otherwise in memory
 */
public record MeasuresSettings(
        String application,
        List<Contender> contenders,
        String judgmentsTopic,
        String measuresTopic,
        String totalsTopic,
        int partitions,
        List<Measure> measures,
        EvaluationOptions options,
        boolean skipUnjudged,
        boolean onDisk) {
    /** The order in which the candidates came, a contender of every comparison. */
    public static final String FIRST_STAGE = "first-stage";

    private static final Set<String> TAKEN = Set.of(FIRST_STAGE, "live");

    /**
     * A model whose rankings are measured.
     *
     * @param name what it is called; in a topic that several share, rankings are told apart by their model's id, which
     *     must be this name
     * @param topic where its rankings are
     */
    public record Contender(String name, String topic) {
        public Contender {
            if (name.isBlank() || topic.isBlank()) {
                throw new IllegalArgumentException("expected a name and a topic, not '" + name + "=" + topic + "'");
            }
        }
    }

    public MeasuresSettings {
        requireNonNull(application, "application");
        contenders = List.copyOf(contenders);
        requireNonNull(judgmentsTopic, "judgmentsTopic");
        requireNonNull(measuresTopic, "measuresTopic");
        requireNonNull(totalsTopic, "totalsTopic");
        measures = List.copyOf(measures);
        requireNonNull(options, "options");
        if (contenders.isEmpty() || measures.isEmpty() || partitions < 1) {
            throw new IllegalArgumentException("at least one model, one measure and one partition are needed");
        }
        Set<String> names = new HashSet<>(TAKEN);
        for (Contender contender : contenders) {
            if (!names.add(contender.name())) {
                throw new IllegalArgumentException("a model is called '" + contender.name()
                        + "': expected names that differ, and neither first-stage nor live");
            }
        }
    }

    /** Where rankings are, each topic once. */
    public Set<String> rankedTopics() {
        Set<String> topics = new TreeSet<>();
        contenders.forEach(contender -> topics.add(contender.topic()));
        return topics;
    }

    /** Everybody's names, the first stage's included. */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>(List.of(FIRST_STAGE));
        contenders.forEach(contender -> names.add(contender.name()));
        return names;
    }
}
