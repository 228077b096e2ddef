package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees at start that the cluster answers and the topics are there, so that neither fails silently later. */
public final class TopicCheck {
    private static final Logger LOG = LoggerFactory.getLogger(TopicCheck.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final IngestSettings settings;
    private static final String MAX_MESSAGE_BYTES = "max.message.bytes";
    private static final int DEAD_LETTER_EXTRA_BYTES = 64 << 10;

    private final Duration timeout;

    /** @param settings the cluster's address, and whether topics may be created */
    public TopicCheck(IngestSettings settings) {
        this(settings, TIMEOUT);
    }

    TopicCheck(IngestSettings settings, Duration timeout) {
        this.settings = settings;
        this.timeout = timeout;
    }

    /**
     * Requires topics to be there; creates the missing ones if the settings say so.
     *
     * @throws StartException if no broker answers, or a topic is missing and may not be created
     */
    public void require(List<String> topics) throws InterruptedException {
        try (Admin admin = new KafkaClients(settings).admin()) {
            require(topics, admin);
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new StartException(
                    "no Kafka client can be made for " + settings.bootstrapServers() + ": " + cause.getMessage(), e);
        }
    }

    private void require(List<String> topics, Admin admin) throws InterruptedException {
        List<String> missing = new ArrayList<>(topics);
        missing.removeAll(existing(admin));
        if (missing.isEmpty()) {
            return;
        }
        if (!settings.createTopics()) {
            throw new StartException("topics missing on " + settings.bootstrapServers() + ": " + missing
                    + "; create them, or let `streamrank work --create-topics` do it");
        }
        for (String topic : missing) {
            create(admin, topic);
        }
    }

    private Set<String> existing(Admin admin) throws InterruptedException {
        try {
            return admin.listTopics(new ListTopicsOptions().timeoutMs((int) timeout.toMillis()))
                    .names()
                    .get(timeout.toMillis() + 1_000L, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new StartException(
                    "no Kafka broker answered at " + settings.bootstrapServers() + " within " + timeout.toSeconds()
                            + " s",
                    e);
        }
    }

    private void create(Admin admin, String topic) throws InterruptedException {
        NewTopic wanted = new NewTopic(topic, Optional.of(settings.partitions()), Optional.empty());
        try {
            if (topic.equals(settings.topics().deadLetters())) {
                wanted.configs(Map.of(MAX_MESSAGE_BYTES, Integer.toString(deadLetterBytes(admin))));
            }
            admin.createTopics(List.of(wanted)).all().get();
            LOG.info("Created topic {} with {} partitions", topic, settings.partitions());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new StartException("topic " + topic + " cannot be created", new KafkaException(e.getCause()));
            }
        }
    }

    /** What the candidates topic takes, and room for the headers that say what was wrong. */
    private int deadLetterBytes(Admin admin) throws InterruptedException, ExecutionException {
        ConfigResource candidates =
                new ConfigResource(ConfigResource.Type.TOPIC, settings.topics().candidates());
        Config config = requireNonNull(
                        admin.describeConfigs(List.of(candidates)).values().get(candidates))
                .get();
        String limit = config.get(MAX_MESSAGE_BYTES).value();
        return Math.addExact(Integer.parseInt(limit), DEAD_LETTER_EXTRA_BYTES);
    }
}
