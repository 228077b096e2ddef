package io.streamrank.cli;

import io.streamrank.replay.run.RangeEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which part of a topic is replayed, and where its lists' live rankings are. */
final class ReplaySourceOptions {
    @Option(
            names = "--topic",
            paramLabel = "TOPIC",
            description = "The topic of candidate lists (default: streamrank.topics.candidates), read up to now.")
    private @Nullable String topic;

    @Option(
            names = "--from",
            paramLabel = "PLACE",
            description = "Where to begin: offsets by partition such as 0:100,1:200, a time such as"
                    + " 2026-12-01T12:00:00Z, or 2h for two hours ago (default: the topic's beginning).")
    @Nullable String from;

    @Option(
            names = "--to",
            paramLabel = "PLACE",
            description = "Where to end, in the same forms; what stands there is not replayed (default: now).")
    @Nullable String to;

    @Option(names = "--partition", paramLabel = "N", split = ",", description = "Only these partitions; repeatable.")
    private List<Integer> partitions = new ArrayList<>();

    @Option(
            names = "--ranked-topic",
            paramLabel = "TOPIC",
            description = "Where the lists' live rankings are (default: streamrank.topics.ranked, if it is there).")
    @Nullable String rankedTopic;

    @Option(names = "--no-live", description = "Don't look for live rankings.")
    boolean withoutLive;

    String topic(StreamrankConfig config) {
        return topic == null ? config.topics().candidates() : topic;
    }

    Set<Integer> partitions() {
        return new TreeSet<>(partitions);
    }

    /** Whether anything is said of a topic. */
    boolean isSet() {
        return topic != null
                || from != null
                || to != null
                || !partitions.isEmpty()
                || rankedTopic != null
                || withoutLive;
    }

    /**
     * Reads where a range begins or ends.
     *
     * @throws IllegalArgumentException if it is none of the three forms
     */
    static RangeEnd place(String option, @Nullable String text) {
        if (text == null) {
            return RangeEnd.OPEN;
        }
        try {
            return text.matches("[\\d:, ]*:[\\d:, ]*")
                    ? RangeEnd.offsets(text)
                    : new RangeEnd.Time(new TimeText().convert(text));
        } catch (IllegalArgumentException | TypeConversionException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
    }
}
