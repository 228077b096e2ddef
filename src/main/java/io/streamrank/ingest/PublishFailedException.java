package io.streamrank.ingest;

/** Results cannot be published, now or after trying again: the worker ends, and nothing of them is committed. */
final class PublishFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PublishFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
