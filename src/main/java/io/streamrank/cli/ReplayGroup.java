package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.RecordedRange;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.ingest.Topics;
import io.streamrank.replay.run.OffsetRange;
import io.streamrank.replay.run.RangeEnd;
import io.streamrank.replay.run.TopicPlan;
import io.streamrank.replay.run.TopicReading;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Workers that share a replay: a group of its own, that reads the live workers' candidates and writes topics of its own.
 * All names are made of the live ones and the replay's, so that nothing of the live group can be touched by mistake.
 */
final class ReplayGroup {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final StreamrankConfig config;
    private final String name;
    private final RangeEnd from;
    private final RangeEnd to;

    private ReplayGroup(StreamrankConfig config, String name) {
        this.config = config;
        this.name = name;
        this.from = place("streamrank.replay.from", config.replay().from());
        this.to = place("streamrank.replay.to", config.replay().to());
    }

    /**
     * The replay that a worker takes part in; empty for a live worker.
     *
     * @param asked by the command line, which wins over the settings
     */
    static Optional<ReplayGroup> of(StreamrankConfig config, @Nullable String asked) {
        Optional<String> name = Optional.ofNullable(asked).or(config.replay()::name);
        name.filter(text -> !NAME.matcher(text).matches()).ifPresent(text -> {
            throw new IllegalArgumentException("a replay is called '" + text
                    + "': expected up to 100 letters, digits, dots, dashes and underscores (--replay,"
                    + " streamrank.replay.name)");
        });
        return name.map(text -> new ReplayGroup(config, text));
    }

    private static RangeEnd place(String setting, Optional<String> text) {
        return ReplaySourceOptions.place(setting, text.orElse(null));
    }

    String name() {
        return name;
    }

    /** The group that the replay's workers are in. */
    String groupId() {
        return config.kafka().groupId() + "-replay-" + name;
    }

    /** What a live worker would have, for one of these. Nothing is too old to be ranked. */
    IngestSettings settings(IngestSettings live) {
        Topics topics = live.topics();
        return new IngestSettings(
                live.bootstrapServers(),
                groupId(),
                live.instanceId(),
                live.groupProtocol(),
                live.guarantee(),
                new Topics(topics.candidates(), own(topics.ranked()), own(topics.batches()), own(topics.deadLetters())),
                ageless(live.limits()),
                live.createTopics(),
                live.partitions(),
                live.clientProperties());
    }

    private String own(String topic) {
        return topic + ".replay." + name;
    }

    private static Limits ageless(Limits limits) {
        return new Limits(
                limits.maxEventBytes(),
                limits.maxCandidates(),
                limits.maxResultBytes(),
                limits.oversizeResults(),
                limits.maxInFlightBytes(),
                limits.maxBatchRequests(),
                limits.maxDirectRequests(),
                limits.linger(),
                limits.transactionTarget(),
                limits.transactionTimeout(),
                limits.publishTimeout(),
                limits.drainTimeout(),
                limits.joinTimeout(),
                Duration.ZERO,
                limits.device());
    }

    /** What is replayed, as a single process would read it. */
    RecordedRange range(Map<String, Object> clientConfig, Limits limits) {
        StreamrankConfig.Replay replay = config.replay();
        TopicReading reading = new TopicReading(
                clientConfig,
                new RequestBounds(limits.maxEventBytes(), limits.maxCandidates()),
                replay.readAheadBytes(),
                replay.liveWindowBytes(),
                replay.liveLead(),
                replay.pollTimeout(),
                Framing.SINGLE_OBJECT);
        return partition -> {
            Set<Integer> only = Set.of(partition.partition());
            OffsetRange range = requireNonNull(TopicPlan.of(reading, partition.topic(), from, to, only, null)
                    .ranges()
                    .get(partition.partition()));
            return new RecordedRange.Stretch(range.from(), range.to());
        };
    }
}
