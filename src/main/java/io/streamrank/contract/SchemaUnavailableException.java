package io.streamrank.contract;

/** Thrown where a schema could not be had from a registry in all the time that was allowed. */
public final class SchemaUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SchemaUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
