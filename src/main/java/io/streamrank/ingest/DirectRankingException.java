package io.streamrank.ingest;

import io.streamrank.contract.Rejection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a direct request was not ranked; the message says what was wrong and the way out, and quotes no text. */
public final class DirectRankingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;
    private final transient @Nullable Rejection rejection;

    /** What a caller can do about it. */
    public enum Reason {
        /** Too many wait: come again later. */
        OVERLOADED,
        /** The worker takes no requests now, or ended before it had answered: try another, or later. */
        UNAVAILABLE,
        /** Its deadline passed before it was scored. */
        EXPIRED,
        /** It can never be ranked as it is: {@link DirectRankingException#rejection} says why. */
        REJECTED
    }

    private DirectRankingException(Reason reason, String message, @Nullable Rejection rejection) {
        super(message, rejection == null ? null : rejection.cause());
        this.reason = reason;
        this.rejection = rejection;
    }

    static DirectRankingException overloaded(String message) {
        return new DirectRankingException(Reason.OVERLOADED, message, null);
    }

    static DirectRankingException unavailable(Health.State state) {
        return new DirectRankingException(Reason.UNAVAILABLE, "unavailable: the worker is " + state, null);
    }

    static DirectRankingException expired() {
        return new DirectRankingException(
                Reason.EXPIRED, "the request's deadline passed before it was its turn to be scored", null);
    }

    static DirectRankingException rejected(Rejection rejection) {
        return new DirectRankingException(Reason.REJECTED, rejection.message(), rejection);
    }

    /** What a caller can do about it. */
    public Reason reason() {
        return reason;
    }

    /** What is wrong with the request, where that is the {@link Reason}. */
    public Optional<Rejection> rejection() {
        return Optional.ofNullable(rejection);
    }
}
