package io.streamrank.ingest;

import java.time.Duration;
import java.util.function.Consumer;

/** Watches, in a thread of its own, for a forward pass that does not come back, and tells once. */
final class Watchdog implements AutoCloseable {
    private static final Duration STEP_MAX = Duration.ofSeconds(1);

    private final Heartbeats heartbeats;
    private final Duration deviceTimeout;
    private final Consumer<DeviceHungException> onHung;
    private final Thread thread = new Thread(this::watch, "streamrank-watchdog");

    Watchdog(Heartbeats heartbeats, Duration deviceTimeout, Consumer<DeviceHungException> onHung) {
        this.heartbeats = heartbeats;
        this.deviceTimeout = deviceTimeout;
        this.onHung = onHung;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        long step = Math.max(1, Math.min(STEP_MAX.toMillis(), deviceTimeout.toMillis() / 4));
        try {
            Duration pass = heartbeats.inPass();
            while (pass.compareTo(deviceTimeout) < 0) {
                Thread.sleep(step);
                pass = heartbeats.inPass();
            }
            onHung.accept(new DeviceHungException("a forward pass has not come back for " + pass.toSeconds()
                    + " s, longer than the " + deviceTimeout.toSeconds()
                    + " s of streamrank.limits.device-timeout: the device hangs, or the limit is too short for this"
                    + " model's passes"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(STEP_MAX.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
