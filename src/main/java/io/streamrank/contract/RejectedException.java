package io.streamrank.contract;

/** Thrown where an event turns out to be one that can never be ranked. */
public final class RejectedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Rejection rejection;

    public RejectedException(Rejection rejection) {
        super(rejection.message(), rejection.cause());
        this.rejection = rejection;
    }

    public Rejection rejection() {
        return rejection;
    }
}
