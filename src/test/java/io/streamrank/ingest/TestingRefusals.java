package io.streamrank.ingest;

import io.streamrank.contract.Rejection;

/** Why the worker does not rank, for tests of those who ask it. */
public final class TestingRefusals {
    private TestingRefusals() {}

    public static DirectRankingException overloaded() {
        return DirectRankingException.overloaded("32 requests are waiting");
    }

    public static DirectRankingException unavailable() {
        return DirectRankingException.unavailable(Health.State.CUT_OFF);
    }

    public static DirectRankingException expired() {
        return DirectRankingException.expired();
    }

    public static DirectRankingException rejected(Rejection.Reason reason) {
        return DirectRankingException.rejected(new Rejection(reason, "for this reason", null));
    }
}
