package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.Duration;

/**
 * How this process answers over HTTP.
 *
 * @param host the address it listens on
 * @param port the port; 0 takes any free one
 * @param access who may ask the API
 * @param texts whether texts of queries and documents may be shown
 * @param maxRequests the most API requests at a time; more are told to come again
 * @param maxBodyBytes the largest body of a request
 * @param requestTimeout how long an API request may take, from its first byte to its answer
 * @param rerankTimeout the same of a request to rank
 * @param peerTimeout how long another instance may take to answer this one
 */
public record HttpSettings(
        String host,
        int port,
        AccessSettings access,
        boolean texts,
        int maxRequests,
        int maxBodyBytes,
        Duration requestTimeout,
        Duration rerankTimeout,
        Duration peerTimeout) {
    private static final int PORT_MAX = 65_535;

    public HttpSettings {
        requireNonNull(host, "host");
        requireNonNull(access, "access");
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("port must be from 0 to " + PORT_MAX + ", not " + port);
        }
        requireAtLeastOne(maxRequests, "max-requests");
        requireAtLeastOne(maxBodyBytes, "max-body-bytes");
        requireAtLeastOne(requestTimeout.toMillis(), "request-timeout, in milliseconds,");
        requireAtLeastOne(rerankTimeout.toMillis(), "rerank-timeout, in milliseconds,");
        requireAtLeastOne(peerTimeout.toMillis(), "peer-timeout, in milliseconds,");
    }

    private static void requireAtLeastOne(long value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }

    /**
     * Where to ask from this machine: an address that stands for all of its own cannot be asked itself.
     *
     * @param port which it listens on
     */
    public String url(int port) {
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(bare);
        String asked = address != null && address.isAnyLocalAddress() ? "127.0.0.1" : bare;
        return "http://" + (asked.contains(":") ? "[" + asked + "]" : asked) + ":" + port;
    }
}
