package io.streamrank.fetch;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Bounds of fetching, and what is shown to servers.
 *
 * @param maxBytes of all files together, unpacked
 * @param maxFiles the most files
 * @param timeout for all of it, waiting for another fetch included
 * @param stallTimeout after which a server that says nothing is given up for this time
 * @param attempts how often in a row a request may fail, nothing received in between
 * @param retryDelay before the first new attempt, twice as long before each further one
 * @param access what is shown to HTTP servers and registries
 * @param s3 how S3 is met
 */
public record FetchSettings(
        long maxBytes,
        int maxFiles,
        Duration timeout,
        Duration stallTimeout,
        int attempts,
        Duration retryDelay,
        Access access,
        S3 s3) {

    /**
     * What is shown to HTTP servers and registries; only to the location's own host, and to who a registry names to give
     * tokens.
     *
     * @param token a bearer token
     * @param username with the password, for a registry that asks for them
     * @param password with the username
     * @param registryAuth a Docker {@code config.json} with such pairs by registry
     * @param plainHttp whether registries are spoken to without TLS
     */
    public record Access(
            Optional<String> token,
            Optional<String> username,
            Optional<String> password,
            Optional<Path> registryAuth,
            boolean plainHttp) {
        /** Nothing. */
        public static final Access NONE =
                new Access(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);

        public Access {
            if (username.isPresent() != password.isPresent()) {
                throw new IllegalArgumentException("username and password belong together: set both, or neither");
            }
        }

        @Override
        public String toString() {
            return "Access[…]";
        }
    }

    /**
     * How S3 is met.
     *
     * @param endpoint of what speaks S3's protocol; empty for Amazon's own
     * @param region signed for
     * @param keys empty for buckets that anybody may read
     */
    public record S3(Optional<String> endpoint, String region, Optional<Keys> keys) {
        /** Amazon's, as anybody. */
        public static final S3 ANONYMOUS = new S3(Optional.empty(), "us-east-1", Optional.empty());
    }

    /**
     * Who asks.
     *
     * @param accessKeyId public
     * @param secretAccessKey not
     * @param sessionToken of temporary keys
     */
    public record Keys(String accessKeyId, String secretAccessKey, Optional<String> sessionToken) {
        @Override
        public String toString() {
            return "Keys[" + accessKeyId + "]";
        }
    }

    public FetchSettings {
        requireNonNull(access, "access");
        requireNonNull(s3, "s3");
        require(maxBytes >= 1, "max-bytes is " + maxBytes + ", expected 1 or more");
        require(maxFiles >= 1, "max-files is " + maxFiles + ", expected 1 or more");
        require(attempts >= 1, "attempts is " + attempts + ", expected 1 or more");
        require(timeout.toMillis() >= 1, "timeout is " + timeout + ", expected 1 ms or more");
        require(
                stallTimeout.toMillis() >= 1 && stallTimeout.toMillis() <= Integer.MAX_VALUE,
                "stall-timeout is " + stallTimeout + ", expected 1 ms to 24 days");
        require(!retryDelay.isNegative(), "retry-delay is " + retryDelay + ", expected 0 or more");
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}
