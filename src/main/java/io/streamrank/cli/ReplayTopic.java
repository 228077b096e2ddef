package io.streamrank.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Quotation;
import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.RequestBounds;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.replay.run.ListSource;
import io.streamrank.replay.run.RangeEnd;
import io.streamrank.replay.run.TopicPlan;
import io.streamrank.replay.run.TopicReading;
import io.streamrank.replay.run.TopicSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** A range of a topic to be replayed: asked for by options, decided when the replay is begun. */
final class ReplayTopic {
    private final StreamrankConfig config;
    private final ReplaySourceOptions options;
    private final IngestSettings settings;
    private final TopicReading reading;
    private final String cluster;
    private final @Nullable String rankedTopic;
    private final RangeEnd from;
    private final RangeEnd to;

    /** @throws io.streamrank.ingest.StartException if the cluster does not answer, or a topic is missing */
    ReplayTopic(
            StreamrankConfig config,
            ReplaySourceOptions options,
            IngestSettings settings,
            Map<String, Object> clientConfig,
            RequestBounds bounds)
            throws InterruptedException {
        this.config = config;
        this.options = options;
        this.settings = settings;
        this.from = ReplaySourceOptions.place("--from", options.from);
        this.to = ReplaySourceOptions.place("--to", options.to);
        this.reading = reading(config, clientConfig, bounds);
        List<String> topics = new ArrayList<>(List.of(options.topic(config)));
        if (options.rankedTopic != null && !options.withoutLive) {
            topics.add(options.rankedTopic);
        }
        new TopicCheck(settings).require(topics);
        try (Admin admin = Admin.create(clientConfig)) {
            cluster = admin.describeCluster().clusterId().get();
            rankedTopic = options.withoutLive ? null : rankedTopic(admin);
        } catch (ExecutionException e) {
            throw new KafkaException("the cluster does not say what it is: " + e.getCause(), e.getCause());
        }
    }

    /** How topics are read, by the configuration. */
    static TopicReading reading(StreamrankConfig config, Map<String, Object> clientConfig, RequestBounds bounds) {
        StreamrankConfig.Replay replay = config.replay();
        return new TopicReading(
                clientConfig,
                bounds,
                replay.readAheadBytes(),
                replay.liveWindowBytes(),
                replay.liveLead(),
                replay.pollTimeout(),
                EventFraming.ofProcess(config));
    }

    private @Nullable String rankedTopic(Admin admin) throws ExecutionException, InterruptedException {
        if (options.rankedTopic != null) {
            return options.rankedTopic;
        }
        String usual = config.topics().ranked();
        return admin.listTopics().names().get().contains(usual) ? usual : null;
    }

    /** What another attempt must have in common with this one: what was asked for, not what it came to. */
    Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("source", "topic");
        identity.put("cluster", cluster);
        identity.put("topic", options.topic(config));
        identity.put("from", String.valueOf(Optional.ofNullable(options.from).orElse("")));
        identity.put("to", String.valueOf(Optional.ofNullable(options.to).orElse("")));
        identity.put("partitions", options.partitions().toString());
        identity.put(
                "ranked-topic",
                options.withoutLive
                        ? "none"
                        : Optional.ofNullable(options.rankedTopic).orElse(""));
        identity.put("live-window-bytes", Long.toString(config.replay().liveWindowBytes()));
        return identity;
    }

    /** Whether there is a topic to look for live rankings in. */
    boolean mayHaveLive() {
        return rankedTopic != null;
    }

    /** Decides which offsets are replayed, for the replay's folder, and says where live rankings cannot be found. */
    ObjectNode plan(Terminal terminal) {
        TopicPlan plan = TopicPlan.of(reading, options.topic(config), from, to, options.partitions(), rankedTopic);
        for (int partition : plan.withoutRankings()) {
            terminal.line(
                    "  there are no live rankings in %s-%d: nothing in it is as new as the first of its lists, less"
                            + " streamrank.replay.live-lead (%s)",
                    String.valueOf(rankedTopic), partition, config.replay().liveLead());
        }
        ObjectNode node = plan.json();
        node.put("kind", "topic");
        node.put("cluster", cluster);
        node.put("bootstrapServers", Quotation.of(settings.bootstrapServers()));
        return node;
    }

    /** Opens what was decided where it goes on. */
    ListSource open(JsonNode plan, @Nullable JsonNode position) {
        return TopicSource.open(reading, TopicPlan.of(plan), position);
    }
}
