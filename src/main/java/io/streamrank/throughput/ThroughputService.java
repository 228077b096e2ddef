package io.streamrank.throughput;

import io.streamrank.streams.ExactlyOnceProperties;
import io.streamrank.streams.ThreadFailures;
import java.time.Clock;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance of the topology that adds up throughput, from its start to its close. Several of one application id share
 * the models among them, wherever they run.
 */
public final class ThroughputService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ThroughputService.class);

    private final ThroughputSettings settings;
    private final Counters counters = new Counters();
    private final KafkaStreams streams;
    private final ThroughputQueries queries;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    private ThroughputService(ThroughputSettings settings, Clock clock) {
        this.settings = settings;
        StreamsConfig config = new StreamsConfig(properties(settings));
        streams = new KafkaStreams(ThroughputTopology.of(settings, config, clock, counters), config);
        queries = new ThroughputQueries(streams, settings.applicationServer());
    }

    /**
     * Starts adding up, in threads of its own.
     *
     * @throws org.apache.kafka.common.KafkaException if no client can be made of the settings
     */
    public static ThroughputService start(ThroughputSettings settings) {
        return start(settings, Clock.systemUTC());
    }

    static ThroughputService start(ThroughputSettings settings, Clock clock) {
        ThroughputService service = new ThroughputService(settings, clock);
        service.streams.setUncaughtExceptionHandler(new ThreadFailures(
                "Adding up throughput",
                ThreadFailures.WITHIN,
                System::nanoTime,
                cause -> service.failure.compareAndSet(null, cause)));
        service.streams.setStateListener((now, before) -> service.changed(now));
        try {
            service.streams.start();
            return service;
        } catch (RuntimeException e) {
            service.streams.close(Duration.ZERO);
            throw e;
        }
    }

    static Properties properties(ThroughputSettings settings) {
        Properties properties = ExactlyOnceProperties.of(
                settings.bootstrapServers(),
                settings.applicationId(),
                settings.stateDirectory(),
                settings.commitInterval(),
                settings.clientProperties());
        properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, settings.standbyReplicas());
        settings.applicationServer()
                .ifPresent(address -> properties.put(StreamsConfig.APPLICATION_SERVER_CONFIG, address.toString()));
        return properties;
    }

    private void changed(KafkaStreams.State now) {
        LOG.debug("Throughput: {}", now);
        if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) {
            ended.countDown();
        }
    }

    /** How it is. From any thread. */
    public ThroughputHealth health() {
        return new ThroughputHealth(state(), counters.undecodable(), counters.late());
    }

    private ThroughputHealth.State state() {
        if (failure.get() != null) {
            return ThroughputHealth.State.FAILED;
        }
        return switch (streams.state()) {
            case CREATED -> ThroughputHealth.State.STARTING;
            case REBALANCING -> ThroughputHealth.State.REBALANCING;
            case RUNNING -> ThroughputHealth.State.READY;
            case PENDING_SHUTDOWN -> ThroughputHealth.State.STOPPING;
            case PENDING_ERROR, ERROR -> ThroughputHealth.State.FAILED;
            case NOT_RUNNING -> ThroughputHealth.State.ENDED;
        };
    }

    /** Asks for windows. */
    public ThroughputQueries queries() {
        return queries;
    }

    /**
     * Waits until it has been closed.
     *
     * @throws ThroughputFailedException if it ended by itself
     */
    public void awaitEnd() throws InterruptedException {
        ended.await();
        Throwable cause = failure.get();
        if (cause != null) {
            throw new ThroughputFailedException("throughput can no longer be added up: " + cause.getMessage(), cause);
        }
    }

    /** Commits, leaves the group so that others take over at once, and ends; takes the close timeout at most. */
    @Override
    public void close() {
        boolean closed =
                streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                        .withTimeout(settings.closeTimeout()));
        if (!closed) {
            LOG.warn(
                    "Throughput did not close within {} s; nothing is lost, the next instance goes on from its last commit",
                    settings.closeTimeout().toSeconds());
        }
    }
}
