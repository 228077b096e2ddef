package io.streamrank.replay.scale;

import io.streamrank.contract.Framing;
import io.streamrank.ingest.Backoff;
import io.streamrank.streams.ExactlyOnceProperties;
import io.streamrank.streams.ThreadFailures;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance of the topology that measures rankings, from its start to its close. Several of one application share the
 * queries among them, wherever they run.
 */
public final class MeasuringService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MeasuringService.class);

    private static final Duration LOOK = Duration.ofMillis(250);
    private static final int READINGS_MAX = 5;
    private static final Duration READ_AGAIN = Duration.ofSeconds(1);

    /** Of what is kept between the steps: far above any list that workers take. */
    private static final int RECORD_BYTES_MAX = 64 << 20;

    private final LeftOut leftOut = new LeftOut();
    private final MeasuresSettings measures;
    private final StreamSettings settings;
    private final KafkaStreams streams;
    private final Completion completion;
    private final Patience patience;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private MeasuringService(
            MeasuresSettings measures, JudgmentReader judgments, Framing framing, StreamSettings settings) {
        this.measures = measures;
        this.settings = settings;
        this.patience = new Patience(settings.clusterTimeout(), System::nanoTime);
        List<Set<String>> steps = new ArrayList<>();
        Set<String> sources = measures.rankedTopics();
        sources.add(measures.judgmentsTopic());
        steps.add(sources);
        steps.addAll(MeasuresTopology.internalTopics(measures));
        completion = new Completion(new ClusterOffsets(settings.clientConfig(), measures.application()), steps);
        try {
            streams = new KafkaStreams(
                    MeasuresTopology.of(measures, judgments, framing, leftOut),
                    new StreamsConfig(properties(measures, settings)));
        } catch (RuntimeException e) {
            completion.close();
            throw e;
        }
        streams.setUncaughtExceptionHandler(new ThreadFailures(
                "Measuring rankings",
                settings.failureWindow(),
                System::nanoTime,
                cause -> failure.compareAndSet(null, cause)));
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
        Properties properties = ExactlyOnceProperties.of(
                settings.bootstrapServers(),
                measures.application(),
                settings.stateDirectory(),
                settings.commitInterval(),
                settings.clientProperties());
        // A list's ids are told once by each contender, and all together; the broker's own limits decide.
        properties.putIfAbsent(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), RECORD_BYTES_MAX);
        properties.putIfAbsent(StreamsConfig.topicPrefix(TopicConfig.MAX_MESSAGE_BYTES_CONFIG), RECORD_BYTES_MAX);
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads());
        if (measures.onDisk()) {
            properties.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, StoreMemory.class);
            properties.put(StoreMemory.BYTES, Long.toString(settings.memoryBytes()));
        }
        return properties;
    }

    /**
     * Waits until all that the topics held at the start is measured, by this instance and the others of the application.
     *
     * @param stopped whether to wait no longer
     * @param watcher told now and then which part of it is done
     * @return false if it was stopped before that
     * @throws StreamFailedException if this instance has ended by itself
     * @throws KafkaException if the cluster has not answered for too long
     */
    public boolean awaitCompletion(BooleanSupplier stopped, DoubleConsumer watcher)
            throws IOException, InterruptedException {
        boolean begun = false;
        while (!stopped.getAsBoolean()) {
            requireRunning();
            begun |= streams.state() == KafkaStreams.State.RUNNING;
            if (begun && patiently(completion::isReached)) {
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
     * What is committed by now: each judged query, and the totals, which are held to each other.
     *
     * @param most how many queries may be told; all are held in memory
     * @throws IllegalStateException if there are more
     * @throws IOException if the topics do not tell the same: records are gone, or others measure on and on
     */
    public Measured measured(int most) throws IOException, InterruptedException {
        MeasureReader reader = new MeasureReader(settings, new MeasureRecords(measures));
        String difference = "";
        for (int attempt = 0; attempt < READINGS_MAX; attempt++) {
            if (attempt > 0) {
                Thread.sleep(READ_AGAIN.toMillis());
            }
            Measured read = patiently(() -> new Measured(
                    reader.queries(measures.measuresTopic(), most), reader.totals(measures.totalsTopic())));
            difference = read.totals().difference(read.queries(), measures.names());
            if (difference.isEmpty()) {
                return read;
            }
        }
        throw new IOException("topics " + measures.measuresTopic() + " and " + measures.totalsTopic()
                + " do not tell the same of application " + measures.application() + ": " + difference
                + ". Records of one are gone, or other instances measure what still comes. Both topics must have"
                + " cleanup.policy=compact alone; once they do, measure anew under another"
                + " streamrank.measure.application-id");
    }

    /** What everything sums up to, as far as that is committed. */
    public MeasuredTotals totals() throws IOException, InterruptedException {
        return patiently(
                () -> new MeasureReader(settings, new MeasureRecords(measures)).totals(measures.totalsTopic()));
    }

    /** Something that needs the cluster's answer. */
    private interface Question<T> {
        T ask() throws IOException;
    }

    private <T> T patiently(Question<T> question) throws IOException, InterruptedException {
        Backoff backoff = new Backoff(LOOK);
        while (true) {
            try {
                T answer = question.ask();
                patience.answered();
                return answer;
            } catch (KafkaException e) {
                patience.failed(e);
                backoff.sleep();
            }
        }
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
