package io.streamrank.cli;

import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.ReplayState;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Tells now and then how far the group of a replay is, and how long the rest takes at the pace since this began. */
final class GroupProgress implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger("io.streamrank.worker");
    private static final double PERCENT = 100;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

    private final String name;
    private final LongSupplier nanoClock;
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable ReplayState first;
    private long firstNanos;
    private String told = "";

    GroupProgress(String name, LongSupplier nanoClock) {
        this.name = name;
        this.nanoClock = nanoClock;
    }

    /** Tells from a thread of its own, until closed. */
    static GroupProgress start(
            String name, Map<String, Object> clientConfig, IngestSettings settings, Duration interval) {
        GroupProgress progress = new GroupProgress(name, System::nanoTime);
        Thread thread = new Thread(() -> progress.watch(clientConfig, settings, interval), "streamrank-progress");
        thread.setDaemon(true);
        thread.start();
        return progress;
    }

    private void watch(Map<String, Object> clientConfig, IngestSettings settings, Duration interval) {
        Admin admin = Admin.create(clientConfig);
        try {
            while (!closed.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    ReplayState.of(admin, settings.groupId(), settings.topics().candidates())
                            .flatMap(this::text)
                            .ifPresent(LOG::info);
                } catch (KafkaException e) {
                    LOG.debugf("How far the group is, is not known now: %s", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            admin.close(CLOSE_PATIENCE);
        }
    }

    /** What is to be said of a state; empty where that was said last. */
    Optional<String> text(ReplayState state) {
        long now = nanoClock.getAsLong();
        ReplayState since = first;
        if (since == null || state.begun() != since.begun()) {
            since = state;
            first = state;
            firstNanos = now;
        }
        String parts = state.begun() < state.partitions()
                ? " of " + state.begun() + " partitions, " + (state.partitions() - state.begun()) + " not begun"
                : " of " + state.partitions() + " partitions";
        double fraction = state.records() == 0 ? 1 : (double) state.answered() / state.records();
        String text = String.format(
                Locale.ROOT,
                "Replay %s: the group has answered %.1f %% of %,d records%s%s",
                name,
                PERCENT * fraction,
                state.records(),
                parts,
                left(state, since, now));
        if (text.equals(told)) {
            return Optional.empty();
        }
        told = text;
        return Optional.of(text);
    }

    private String left(ReplayState state, ReplayState since, long now) {
        long done = state.answered() - since.answered();
        long rest = state.records() - state.answered();
        if (done <= 0 || rest <= 0) {
            return "";
        }
        Duration left = Duration.ofNanos((long) ((double) (now - firstNanos) / done * rest));
        return ", " + ReplayProgress.text(left) + " left";
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
