package io.streamrank.ingest;

import java.time.Duration;

/** The default limits, but for what a test says. */
public final class TestingLimits {
    private int maxEventBytes = Limits.DEFAULT.maxEventBytes();
    private int maxCandidates = Limits.DEFAULT.maxCandidates();
    private int maxResultBytes = Limits.DEFAULT.maxResultBytes();
    private Limits.OversizeResults oversizeResults = Limits.DEFAULT.oversizeResults();
    private long maxInFlightBytes = Limits.DEFAULT.maxInFlightBytes();
    private int maxBatchRequests = Limits.DEFAULT.maxBatchRequests();
    private int maxDirectRequests = Limits.DEFAULT.maxDirectRequests();
    private Duration linger = Limits.DEFAULT.linger();
    private Duration transactionTimeout = Limits.DEFAULT.transactionTimeout();
    private Duration publishTimeout = Limits.DEFAULT.publishTimeout();
    private Duration drainTimeout = Limits.DEFAULT.drainTimeout();
    private Duration joinTimeout = Limits.DEFAULT.joinTimeout();
    private Duration maxAge = Limits.DEFAULT.maxAge();
    private DeviceLimits device = DeviceLimits.DEFAULT;

    public TestingLimits maxEventBytes(int value) {
        maxEventBytes = value;
        return this;
    }

    TestingLimits maxCandidates(int value) {
        maxCandidates = value;
        return this;
    }

    public TestingLimits maxResultBytes(int value) {
        maxResultBytes = value;
        return this;
    }

    TestingLimits oversizeResults(Limits.OversizeResults value) {
        oversizeResults = value;
        return this;
    }

    TestingLimits maxInFlightBytes(long value) {
        maxInFlightBytes = value;
        return this;
    }

    public TestingLimits maxBatchRequests(int value) {
        maxBatchRequests = value;
        return this;
    }

    TestingLimits maxDirectRequests(int value) {
        maxDirectRequests = value;
        return this;
    }

    public TestingLimits linger(Duration value) {
        linger = value;
        return this;
    }

    public TestingLimits transactionTimeout(Duration value) {
        transactionTimeout = value;
        return this;
    }

    TestingLimits publishTimeout(Duration value) {
        publishTimeout = value;
        return this;
    }

    public TestingLimits drainTimeout(Duration value) {
        drainTimeout = value;
        return this;
    }

    public TestingLimits joinTimeout(Duration value) {
        joinTimeout = value;
        return this;
    }

    TestingLimits maxAge(Duration value) {
        maxAge = value;
        return this;
    }

    public TestingLimits device(DeviceLimits value) {
        device = value;
        return this;
    }

    public Limits build() {
        return new Limits(
                maxEventBytes,
                maxCandidates,
                maxResultBytes,
                oversizeResults,
                maxInFlightBytes,
                maxBatchRequests,
                maxDirectRequests,
                linger,
                Limits.DEFAULT.transactionTarget(),
                transactionTimeout,
                publishTimeout,
                drainTimeout,
                joinTimeout,
                maxAge,
                device);
    }
}
