package io.streamrank.cli;

import io.streamrank.ingest.DeadLetter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which dead letters are meant. */
final class LetterFilter {
    @Option(
            names = "--reason",
            paramLabel = "WORD",
            split = ",",
            description = "Only those of this reason, such as unknown_model; repeatable.")
    private List<String> reasons = new ArrayList<>();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeText.class,
            description = "Only those written since, such as 2026-12-01T12:00:00Z, or 2h for two hours ago.")
    private @Nullable Instant since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = TimeText.class,
            description = "Only those written before.")
    private @Nullable Instant until;

    @Option(
            names = "--partition",
            paramLabel = "N",
            split = ",",
            description = "Only those in this partition of the dead-letter topic; repeatable.")
    private List<Integer> partitions = new ArrayList<>();

    @Option(
            names = "--from",
            paramLabel = "PARTITION:OFFSET",
            converter = LetterPosition.Converter.class,
            description = "In that partition, only those from that offset on; repeatable.")
    private List<LetterPosition> from = new ArrayList<>();

    @Option(names = "--max", paramLabel = "N", converter = AtLeastOne.class, description = "At most so many.")
    private @Nullable Integer max;

    /** Whether anything is left out. */
    boolean isSet() {
        return !reasons.isEmpty()
                || since != null
                || until != null
                || !partitions.isEmpty()
                || !from.isEmpty()
                || max != null;
    }

    boolean wants(int partition) {
        return partitions.isEmpty() || partitions.contains(partition);
    }

    boolean wants(DeadLetter letter) {
        boolean reasonFits = reasons.isEmpty()
                || reasons.stream()
                        .anyMatch(reason -> reason.toLowerCase(Locale.ROOT)
                                .replace('-', '_')
                                .equals(letter.reason()));
        return reasonFits
                && (since == null || !letter.time().isBefore(since))
                && (until == null || letter.time().isBefore(until));
    }

    /** The earliest time wanted. */
    @Nullable Instant since() {
        return since;
    }

    /** The first offset wanted of a partition, if one is named. */
    OptionalLong from(int partition) {
        return from.stream()
                .filter(position -> position.partition() == partition)
                .mapToLong(LetterPosition::offset)
                .max();
    }

    int max() {
        return max == null ? Integer.MAX_VALUE : max;
    }
}
