package io.streamrank.http;

import java.util.Map;

/** Why a request is answered with an error. The message goes to who asked. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int TOO_LARGE = 413;
    static final int UNPROCESSABLE = 422;
    static final int TOO_MANY = 429;
    static final int INTERNAL = 500;
    static final int UNAVAILABLE = 503;
    static final int TIMEOUT = 504;

    /** What is short or starting at present has a second to be otherwise. */
    private static final Map<String, String> SOON = Map.of("Retry-After", "1");

    private final int status;
    private final transient Map<String, String> headers;

    ApiException(int status, String message) {
        this(status, message, Map.of());
    }

    /** @param headers of the answer */
    ApiException(int status, String message, Map<String, String> headers) {
        super(message, null, false, false);
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    static ApiException badRequest(String message) {
        return new ApiException(BAD_REQUEST, message);
    }

    static ApiException notFound(String message) {
        return new ApiException(NOT_FOUND, message);
    }

    /** Too much is asked for at present. */
    static ApiException overloaded(String message) {
        return new ApiException(TOO_MANY, message, SOON);
    }

    /** It cannot be answered at present. */
    static ApiException unavailable(String message) {
        return new ApiException(UNAVAILABLE, message, SOON);
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }
}
