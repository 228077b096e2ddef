package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.ingest.GroupReplay;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.Limits;
import io.streamrank.ingest.RecordedRange;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.ingest.Topics;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.replay.run.OffsetRange;
import io.streamrank.replay.run.QuerySample;
import io.streamrank.replay.run.RangeEnd;
import io.streamrank.replay.run.TopicPlan;
import io.streamrank.replay.run.TopicReading;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
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
    private static final String OF_REPLAY = ".replay.";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final StreamrankConfig config;
    private final String name;
    private final RangeEnd from;
    private final RangeEnd to;
    private final QuerySample sample;

    private ReplayGroup(StreamrankConfig config, String name, double part) {
        this.config = config;
        this.name = name;
        this.from = place("streamrank.replay.from", config.replay().from());
        this.to = place("streamrank.replay.to", config.replay().to());
        this.sample = new QuerySample(part);
    }

    /**
     * The replay that a worker takes part in; empty for a live worker.
     *
     * @param asked by the command line, which wins over the settings
     * @param sample likewise, the part of all queries
     */
    static Optional<ReplayGroup> of(StreamrankConfig config, @Nullable String asked, @Nullable Double sample) {
        Optional<String> name = Optional.ofNullable(asked).or(config.replay()::name);
        name.filter(text -> !NAME.matcher(text).matches()).ifPresent(text -> {
            throw new IllegalArgumentException("a replay is called '" + text
                    + "': expected up to 100 letters, digits, dots, dashes and underscores (--replay,"
                    + " streamrank.replay.name)");
        });
        if (name.isEmpty() && sample != null) {
            throw new IllegalArgumentException("--sample is for workers of a replay: name it with --replay");
        }
        double part = sample == null ? config.replay().sample() : sample;
        return name.map(text -> new ReplayGroup(config, text, part));
    }

    /** A length of time would be counted by each worker from another now. */
    private static RangeEnd place(String setting, Optional<String> text) {
        RangeEnd place = ReplaySourceOptions.place(setting, text.orElse(null));
        if (place instanceof RangeEnd.Time time && !text.orElse("").contains(":")) {
            throw new IllegalArgumentException(setting + "=" + text.orElse("")
                    + " would be another time to each worker of the replay; expected a time or offsets: from now it is "
                    + time.time().truncatedTo(ChronoUnit.SECONDS));
        }
        return place;
    }

    String name() {
        return name;
    }

    /** The group that the replay's workers are in. */
    String groupId() {
        return groupId(config, name);
    }

    private static String groupId(StreamrankConfig config, String name) {
        return config.kafka().groupId() + "-replay-" + name;
    }

    /** The group whose rankings are in a topic; empty for a topic that is no such group's. */
    static Optional<String> groupOf(StreamrankConfig config, String rankedTopic) {
        String prefix = config.topics().ranked() + OF_REPLAY;
        return rankedTopic.startsWith(prefix)
                ? Optional.of(groupId(config, rankedTopic.substring(prefix.length())))
                : Optional.empty();
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
                live.limits().withoutMaxAge(),
                live.createTopics(),
                live.partitions(),
                live.clientProperties());
    }

    private String own(String topic) {
        return topic + OF_REPLAY + name;
    }

    /**
     * What this worker and the others of its group replay.
     *
     * @param model what this one ranks with
     * @param settings what that was loaded with
     */
    GroupReplay replay(Map<String, Object> clientConfig, Limits limits, Reranker model, ModelSettings settings) {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put("revision", model.model().revision());
        terms.put("dtype", model.dtype());
        terms.put("max-length", Integer.toString(model.maxLength()));
        terms.put("state-cache", settings.stateCache() > 0 ? "on" : "off");
        terms.put("from", text(from));
        terms.put("to", text(to));
        terms.put("sample", Double.toString(sample.part()));
        terms.put("max-event-bytes", Integer.toString(limits.maxEventBytes()));
        terms.put("max-candidates", Integer.toString(limits.maxCandidates()));
        terms.put("max-result-bytes", Integer.toString(limits.maxResultBytes()));
        terms.put("oversize-results", limits.oversizeResults().name().toLowerCase(Locale.ROOT));
        return new GroupReplay(range(clientConfig, limits), terms, sample::holds);
    }

    private static String text(RangeEnd place) {
        return place instanceof RangeEnd.Open ? "open" : place.toString();
    }

    private RecordedRange range(Map<String, Object> clientConfig, Limits limits) {
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
