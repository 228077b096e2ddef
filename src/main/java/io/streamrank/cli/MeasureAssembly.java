package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.ReplayState;
import io.streamrank.ingest.TopicCheck;
import io.streamrank.replay.RankingMeasures;
import io.streamrank.replay.UnjudgedPolicy;
import io.streamrank.replay.report.ReplayReport.Ending;
import io.streamrank.replay.report.ReportSettings;
import io.streamrank.replay.scale.MeasuresSettings;
import io.streamrank.replay.scale.MeasuresSettings.Contender;
import io.streamrank.replay.scale.StreamSettings;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;

/** From configuration to what measures rankings. */
final class MeasureAssembly {
    private static final Logger LOG = Logger.getLogger("io.streamrank.measure");

    /** Which form what is kept has: another is of no use to an application that knows this one. */
    private static final int FORM = 2;

    private static final int DIGEST_BYTES = 4;

    private final StreamrankConfig config;
    private final KafkaOptions kafka;

    MeasureAssembly(StreamrankConfig config, KafkaOptions kafka) {
        this.config = config;
        this.kafka = kafka;
    }

    /**
     * What is measured.
     *
     * @param ranked topics by the models' names
     * @param identity what tells these topics from others of their names
     */
    MeasuresSettings measures(Map<String, String> ranked, ReportSettings settings, String identity) {
        List<Contender> contenders = new ArrayList<>();
        ranked.forEach((name, topic) -> contenders.add(new Contender(name, topic)));
        return new MeasuresSettings(
                applicationId(contenders, settings, identity),
                contenders,
                config.topics().judgments(),
                config.topics().measures(),
                config.topics().measureTotals(),
                config.measure().partitions(),
                settings.allMeasures().stream().map(RankingMeasures::named).toList(),
                settings.evaluation(),
                settings.unjudged() == UnjudgedPolicy.SKIP,
                config.measure().store() == StreamrankConfig.Measure.Store.DISK);
    }

    /** What is measured otherwise is another application: what one has kept would be wrong for the other. */
    private String applicationId(List<Contender> contenders, ReportSettings settings, String identity) {
        String measured = contenders + "\n" + settings.allMeasures() + "\n" + settings.evaluation() + "\n"
                + settings.unjudged() + "\n" + config.topics().judgments() + "\n"
                + config.topics().measures() + "\n" + config.topics().measureTotals() + "\n"
                + config.measure().partitions() + "\n" + FORM + "\n" + identity;
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(measured.getBytes(UTF_8));
            return config.measure()
                            .applicationId()
                            .orElseGet(() -> config.kafka().groupId() + "-measure")
                    + "-" + HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** The cluster and the topics that are read, by what no other cluster and no topic made anew under an old name has. */
    String identity(MeasuresSettings measures) throws InterruptedException {
        List<String> topics = new ArrayList<>(measures.rankedTopics());
        topics.add(measures.judgmentsTopic());
        try (Admin admin = Admin.create(stream("identity").clientConfig())) {
            Map<String, TopicDescription> found =
                    admin.describeTopics(topics).allTopicNames().get();
            return admin.describeCluster().clusterId().get() + " "
                    + topics.stream()
                            .map(topic -> String.valueOf(
                                    requireNonNull(found.get(topic), topic).topicId()))
                            .toList();
        } catch (ExecutionException e) {
            throw new KafkaException("topics " + topics + " cannot be told apart: " + e.getCause(), e.getCause());
        }
    }

    /** @param instanceId no other instance of this application on this machine has it */
    StreamSettings stream(String instanceId) {
        StreamrankConfig.Measure measure = config.measure();
        Path folder =
                measure.stateDir().orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir"), "streamrank-measure"));
        try {
            return new StreamSettings(
                    kafka.bootstrapServers(config),
                    folder.resolve(instanceId),
                    measure.storeMemory(),
                    measure.threads(),
                    measure.commitInterval(),
                    config.replay().pollTimeout(),
                    measure.closeTimeout(),
                    measure.clusterTimeout(),
                    measure.failureWindow(),
                    kafka.clientProperties(config));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("streamrank.measure: " + e.getMessage(), e);
        }
    }

    /** Sees that the topics are there, and creates those that are written where that may be. */
    void requireTopics(MeasuresSettings measures, boolean create) throws InterruptedException {
        List<String> read = new ArrayList<>(measures.rankedTopics());
        read.add(measures.judgmentsTopic());
        new TopicCheck(settings(false)).require(read);
        Map<String, String> compacted = Map.of("cleanup.policy", "compact");
        new TopicCheck(settings(create))
                .require(
                        List.of(measures.measuresTopic(), measures.totalsTopic()),
                        Map.of(measures.measuresTopic(), compacted, measures.totalsTopic(), compacted));
        new TopicCheck(settings(false))
                .requireCleanup(
                        Map.of(measures.measuresTopic(), "compact", measures.totalsTopic(), "compact"),
                        "what was measured first would be deleted and lacking in reports");
    }

    /**
     * Whether the replays whose rankings are measured have come to their ends by now. Those that have not, or of which
     * that is not known, are told.
     */
    Ending ending(MeasuresSettings measures) throws InterruptedException {
        Set<Ending> endings = EnumSet.noneOf(Ending.class);
        try (Admin admin = Admin.create(stream("ending").clientConfig())) {
            for (Contender contender : measures.contenders()) {
                endings.add(ending(admin, contender));
            }
        }
        return endings.contains(Ending.UNFINISHED)
                ? Ending.UNFINISHED
                : endings.contains(Ending.UNKNOWN) ? Ending.UNKNOWN : Ending.FINISHED;
    }

    private Ending ending(Admin admin, Contender contender) throws InterruptedException {
        Optional<String> group = ReplayGroup.groupOf(config, contender.topic());
        Optional<ReplayState> found = group.isEmpty() ? Optional.empty() : state(admin, group.get());
        if (found.isEmpty()) {
            LOG.infof(
                    "Whether the replay of %s has come to its end is not known: %s",
                    contender.name(),
                    group.map(name -> "no group " + name + " has noted how far it is")
                            .orElse("topic " + contender.topic() + " is not named after one by a group of workers"));
            return Ending.UNKNOWN;
        }
        ReplayState state = found.get();
        if (state.isFinished()) {
            return Ending.FINISHED;
        }
        LOG.warnf(
                "The replay of %s has not come to its end: %d of %d partitions are done, and %,d of %,d records of"
                        + " the %d begun. What it ranks later is measured by the same command then",
                contender.name(), state.done(), state.partitions(), state.answered(), state.records(), state.begun());
        return Ending.UNFINISHED;
    }

    private Optional<ReplayState> state(Admin admin, String group) throws InterruptedException {
        try {
            return ReplayState.of(admin, group, config.topics().candidates());
        } catch (KafkaException e) {
            LOG.debugf(e, "The state of %s is not known", group);
            return Optional.empty();
        }
    }

    private IngestSettings settings(boolean create) {
        return new WorkerAssembly(config)
                .ingestSettings(kafka.bootstrapServers(config), "measure", create, kafka.clientProperties(config));
    }
}
