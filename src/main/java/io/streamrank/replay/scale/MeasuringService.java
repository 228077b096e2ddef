package io.streamrank.replay.scale;

import io.streamrank.contract.Framing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance of the topology that measures rankings, from its start to its close. Several of one application share the
 * queries among them, wherever they run.
 */
public final class MeasuringService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MeasuringService.class);

    /** A thread that fails is replaced so often: what it had not committed is undone and done again. */
    private static final int REPLACEMENTS_MAX = 5;

    private static final Duration LOOK = Duration.ofMillis(250);

    /** Of what is kept between the steps: far above any list that workers take. */
    private static final int RECORD_BYTES_MAX = 64 << 20;

    private final LeftOut leftOut = new LeftOut();
    private final MeasuresSettings measures;
    private final StreamSettings settings;
    private final KafkaStreams streams;
    private final Completion completion;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicInteger replacements = new AtomicInteger();

    private MeasuringService(
            MeasuresSettings measures, JudgmentReader judgments, Framing framing, StreamSettings settings) {
        this.measures = measures;
        this.settings = settings;
        List<Set<String>> steps = new ArrayList<>();
        Set<String> sources = measures.rankedTopics();
        sources.add(measures.judgmentsTopic());
        steps.add(sources);
        MeasuresTopology.internalTopics(measures).forEach(topic -> steps.add(Set.of(topic)));
        completion = new Completion(settings.clientConfig(), measures.application(), steps);
        try {
            streams = new KafkaStreams(
                    MeasuresTopology.of(measures, judgments, framing, leftOut),
                    new StreamsConfig(properties(measures, settings)));
        } catch (RuntimeException e) {
            completion.close();
            throw e;
        }
        streams.setUncaughtExceptionHandler((StreamsUncaughtExceptionHandler) this::failed);
    }

    /**
     * Takes down where its topics end now, and starts, in threads of its own.
     *
     * @throws org.apache.kafka.common.KafkaException if no client can be made of the settings, or the cluster does not
     *     answer
     */
    public static MeasuringService start(
            MeasuresSettings measures, JudgmentReader judgments, Framing framing, StreamSettings settings) {
        MeasuringService service = new MeasuringService(measures, judgments, framing, settings);
        try {
            service.streams.start();
            return service;
        } catch (RuntimeException e) {
            service.close();
            throw e;
        }
    }

    static Properties properties(MeasuresSettings measures, StreamSettings settings) {
        Properties properties = new Properties();
        // The one compression that every client in every language reads.
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip");
        // A list's ids are told once by each contender, and all together; the broker's own limits decide.
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), RECORD_BYTES_MAX);
        properties.put(StreamsConfig.topicPrefix(TopicConfig.MAX_MESSAGE_BYTES_CONFIG), RECORD_BYTES_MAX);
        properties.putAll(settings.clientProperties());
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, measures.application());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
                settings.commitInterval().toMillis());
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateDirectory().toString());
        properties.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        if (measures.onDisk()) {
            properties.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, StoreMemory.class);
            properties.put(StoreMemory.BYTES, Long.toString(settings.memoryBytes()));
        }
        return properties;
    }

    private StreamThreadExceptionResponse failed(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof Error || replacements.incrementAndGet() > REPLACEMENTS_MAX) {
            LOG.error("Rankings are no longer measured: {}", root.toString(), error);
            failure.compareAndSet(null, error);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        LOG.warn("Measuring failed and is tried again: {}", root.toString());
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    /**
     * Waits until all that the topics held at the start is measured, by this instance and the others of the application.
     *
     * @param stopped whether to wait no longer
     * @param watcher told now and then which part of it is done
     * @return false if it was stopped before that
     * @throws StreamFailedException if this instance has ended by itself
     */
    public boolean awaitCompletion(BooleanSupplier stopped, DoubleConsumer watcher) throws InterruptedException {
        boolean begun = false;
        while (!stopped.getAsBoolean()) {
            requireRunning();
            begun |= streams.state() == KafkaStreams.State.RUNNING;
            if (begun && completion.isReached()) {
                return true;
            }
            watcher.accept(completion.fraction());
            Thread.sleep(LOOK.toMillis());
        }
        return false;
    }

    /**
     * Waits until it is to end.
     *
     * @throws StreamFailedException if this instance has ended by itself
     */
    public void awaitStop(BooleanSupplier stopped) throws InterruptedException {
        while (!stopped.getAsBoolean()) {
            requireRunning();
            Thread.sleep(LOOK.toMillis());
        }
    }

    private void requireRunning() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new StreamFailedException("rankings can no longer be measured: " + cause.getMessage(), cause);
        }
        if (streams.state().hasCompletedShutdown()) {
            throw new IllegalStateException("the topology has ended by itself");
        }
    }

    /**
     * What is committed of each judged query by now.
     *
     * @param most how many queries may be told; all are held in memory
     * @throws IllegalStateException if there are more
     */
    public Collection<MeasuredQuery> queries(int most) throws IOException {
        return new MeasureReader(settings, new MeasureRecords(measures)).queries(measures.measuresTopic(), most);
    }

    /** How many lists everybody has ranked by now, as far as that is committed. */
    public long lists() throws IOException {
        return new MeasureReader(settings, new MeasureRecords(measures)).lists(measures.totalsTopic());
    }

    /** How many records that are no judgments this process has passed over; what others or earlier ones did is not known. */
    public long unreadable() {
        return leftOut.count(LeftOut.Reason.NO_JUDGMENT);
    }

    /** Commits, leaves the group so that others take over at once, and ends; takes the close timeout at most. */
    @Override
    public void close() {
        completion.close();
        boolean closed =
                streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                        .withTimeout(settings.closeTimeout()));
        if (!closed) {
            LOG.warn(
                    "Measuring did not close within {} s; nothing is lost, the next instance goes on from its last commit",
                    settings.closeTimeout().toSeconds());
        }
    }
}
