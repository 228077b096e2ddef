package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees at start that the cluster answers and the topics are there, so that neither fails silently later. */
public final class TopicCheck {
    private static final Logger LOG = LoggerFactory.getLogger(TopicCheck.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private static final Duration RETRY = Duration.ofMillis(100);
    private static final String PROPERTIES = "streamrank.kafka.properties.";
    private static final String MAX_MESSAGE_BYTES = "max.message.bytes";
    private static final String CLEANUP_POLICY = "cleanup.policy";
    private static final int DEAD_LETTER_EXTRA_BYTES = 64 << 10;

    private final IngestSettings settings;
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
        require(topics, Map.of());
    }

    /**
     * Requires topics to be there; creates the missing ones if the settings say so.
     *
     * @param configs what a topic gets, by its name, if it is created
     * @throws StartException if no broker answers, or a topic is missing and may not be created
     */
    public void require(List<String> topics, Map<String, Map<String, String>> configs) throws InterruptedException {
        try (Admin admin = new KafkaClients(settings).admin()) {
            require(topics, configs, admin);
        } catch (KafkaException e) {
            throw noClient(e);
        }
    }

    /**
     * The same of all topics of a worker that replays what is recorded: the candidates are never created, for there
     * would be nothing to replay.
     *
     * @throws StartException as {@link #require(List)}
     */
    public void requireRecorded(Topics topics) throws InterruptedException {
        List<String> written = List.of(topics.ranked(), topics.batches(), topics.deadLetters());
        try (Admin admin = new KafkaClients(settings).admin()) {
            if (!existing(admin).contains(topics.candidates())) {
                throw new StartException("topic " + topics.candidates() + " is missing on "
                        + settings.bootstrapServers() + ": there is nothing to replay. A replay creates its own topics,"
                        + " never that; streamrank.topics.candidates says which it is");
            }
            require(written, Map.of(), admin);
        } catch (KafkaException e) {
            throw noClient(e);
        }
    }

    /**
     * Requires topics to be cleaned up as they must be. Where that may not be read, a warning says so.
     *
     * @param policies by topic, what {@code cleanup.policy} has to be
     * @param why what would go wrong otherwise, as an end of a sentence
     * @throws StartException if one is cleaned up otherwise
     */
    public void requireCleanup(Map<String, String> policies, String why) throws InterruptedException {
        try (Admin admin = new KafkaClients(settings).admin()) {
            for (Map.Entry<String, String> policy : policies.entrySet()) {
                requireCleanup(admin, policy.getKey(), policy.getValue(), why);
            }
        } catch (KafkaException e) {
            throw noClient(e);
        }
    }

    private void requireCleanup(Admin admin, String topic, String wanted, String why) throws InterruptedException {
        try {
            String found = config(admin, topic, CLEANUP_POLICY);
            if (!found.equals(wanted)) {
                throw new StartException("topic " + topic + " has " + CLEANUP_POLICY + "=" + found + "; expected "
                        + wanted + ", or " + why + ". Mend it with: kafka-configs.sh --bootstrap-server "
                        + settings.bootstrapServers() + " --alter --entity-type topics --entity-name " + topic
                        + " --add-config " + CLEANUP_POLICY + "=" + wanted);
            }
        } catch (ExecutionException e) {
            LOG.warn(
                    "The configuration of {} may not be read ({}): see yourself that its {} is {}, or {}",
                    topic,
                    ErrorText.firstLine(e),
                    CLEANUP_POLICY,
                    wanted,
                    why);
        }
    }

    private StartException noClient(KafkaException error) {
        String unmade = "no Kafka client can be made for " + settings.bootstrapServers() + ": ";
        Throwable cause = error.getCause() == null ? error : error.getCause();
        String message = String.valueOf(cause.getMessage());
        // What Kafka says of an entry that it cannot parse may quote a piece of the password.
        return speaksOfJaas(error)
                ? new StartException(unmade + PROPERTIES + "\"" + SaslConfigs.SASL_JAAS_CONFIG
                        + "\" is no entry as Kafka reads it; expected: <class of a login module> required"
                        + " username=\"…\" password=\"…\";")
                : new StartException(unmade + message, error);
    }

    private static boolean speaksOfJaas(Throwable error) {
        return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
                .anyMatch(cause -> String.valueOf(cause.getMessage()).contains("JAAS"));
    }

    private void require(List<String> topics, Map<String, Map<String, String>> configs, Admin admin)
            throws InterruptedException {
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
            create(admin, topic, configs.getOrDefault(topic, Map.of()));
        }
    }

    private String hint() {
        String protocol = settings.clientProperties().get(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG);
        return protocol == null
                ? "; one that expects TLS or SASL does not answer without security.protocol"
                : "; one that expects another security.protocol than " + protocol + " does not answer either";
    }

    /** Which of the security properties to look at first. */
    private static String suspects(AuthenticationException refused) {
        return refused instanceof SaslAuthenticationException
                ? PROPERTIES + "\"" + SaslConfigs.SASL_JAAS_CONFIG + "\", which holds user name and password, and "
                        + PROPERTIES + "\"" + SaslConfigs.SASL_MECHANISM + "\""
                : "the security properties (streamrank.kafka.properties)";
    }

    private Set<String> existing(Admin admin) throws InterruptedException {
        try {
            return admin.listTopics(new ListTopicsOptions().timeoutMs((int) timeout.toMillis()))
                    .names()
                    .get(timeout.toMillis() + 1_000L, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            if (e.getCause() instanceof AuthenticationException refused) {
                throw new StartException(
                        "the Kafka broker at " + settings.bootstrapServers()
                                + " and this client do not accept each other; check " + suspects(refused),
                        refused);
            }
            throw new StartException(
                    "no Kafka broker answered at " + settings.bootstrapServers() + " within " + timeout.toSeconds()
                            + " s" + hint(),
                    e);
        }
    }

    private void create(Admin admin, String topic, Map<String, String> config) throws InterruptedException {
        NewTopic wanted = new NewTopic(topic, Optional.of(settings.partitions()), Optional.empty()).configs(config);
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

    /** Warns of topics that work but not as well as they should: told once, at start. */
    static void warnOfLayout(Admin admin, Topics topics, Map<String, Integer> partitions) throws InterruptedException {
        int candidates = requireNonNull(partitions.get(topics.candidates()));
        for (String topic : List.of(topics.ranked(), topics.deadLetters())) {
            int count = requireNonNull(partitions.get(topic));
            if (count < candidates) {
                LOG.warn(
                        "{} has {} partitions, fewer than the {} of {}: several of those share one",
                        topic,
                        count,
                        candidates,
                        topics.candidates());
            }
        }
        try {
            int events = maxMessageBytes(admin, topics.candidates());
            int deadLetters = maxMessageBytes(admin, topics.deadLetters());
            if (deadLetters < events + DEAD_LETTER_EXTRA_BYTES) {
                LOG.warn(
                        "{} takes records of {} bytes, {} of {}: the largest events would go to the dead letters without"
                                + " their bytes; set {} of {} to {}",
                        topics.deadLetters(),
                        deadLetters,
                        topics.candidates(),
                        events,
                        MAX_MESSAGE_BYTES,
                        topics.deadLetters(),
                        events + DEAD_LETTER_EXTRA_BYTES);
            }
        } catch (ExecutionException e) {
            LOG.debug("The topics' configuration may not be read", e);
        }
    }

    private static int maxMessageBytes(Admin admin, String topic) throws InterruptedException, ExecutionException {
        return Integer.parseInt(config(admin, topic, MAX_MESSAGE_BYTES));
    }

    private static String config(Admin admin, String topic, String name)
            throws InterruptedException, ExecutionException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (true) {
            try {
                Config config = requireNonNull(admin.describeConfigs(List.of(resource))
                                .values()
                                .get(resource))
                        .get();
                return config.get(name).value();
            } catch (ExecutionException e) {
                // A topic just made may not have reached every broker.
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(RETRY.toMillis());
            }
        }
    }

    /** What the candidates topic takes, and room for the headers that say what was wrong. */
    private int deadLetterBytes(Admin admin) throws InterruptedException, ExecutionException {
        return Math.addExact(maxMessageBytes(admin, settings.topics().candidates()), DEAD_LETTER_EXTRA_BYTES);
    }
}
