package io.streamrank.fetch;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads by HTTP. Follows redirections itself, so that what is shown to one host is not shown to another, and tells
 * answers that may be another at the next try from those that will not. A server that stalls is a failure.
 */
final class HttpReader {
    static final int NOT_FOUND = 404;
    static final int UNAUTHORIZED = 401;
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int RANGE_REFUSED = 416;
    private static final int REDIRECTIONS_MAX = 5;
    private static final int ERROR_TEXT_MAX = 2_000;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");

    private final String where;
    private final int stallMillis;
    private final Asking asking;

    /** What is shown to a server. */
    interface Asking {
        /** Headers for a GET of this address, which is of the location's own host. */
        Map<String, String> headers(URI uri, Map<String, String> others);
    }

    /** @param where the location, for messages */
    HttpReader(String where, Duration stallTimeout, Asking asking) {
        this.where = where;
        this.stallMillis = (int) stallTimeout.toMillis();
        this.asking = asking;
    }

    /** An answer, whose body is to be read and closed; its status is told by {@link #status}. */
    static final class Response implements AutoCloseable {
        private final HttpURLConnection connection;
        private final int status;

        Response(HttpURLConnection connection) throws IOException {
            this.connection = connection;
            this.status = connection.getResponseCode();
        }

        int status() {
            return status;
        }

        Optional<String> header(String name) {
            return Optional.ofNullable(connection.getHeaderField(name));
        }

        InputStream body() throws IOException {
            return connection.getInputStream();
        }

        /** All of the body, if it is no longer than that. */
        byte[] bytes(int max, String where) throws IOException {
            try (InputStream in = body()) {
                byte[] bytes = in.readNBytes(max + 1);
                if (bytes.length > max) {
                    throw new FetchException(
                            where, "has more than " + max + " bytes, too many for what it is", "Check the location");
                }
                return bytes;
            }
        }

        @Override
        public void close() {
            connection.disconnect();
        }
    }

    /** A file from a byte on. */
    Source.Piece open(URI uri, String name, long from) throws IOException {
        Map<String, String> range = from == 0 ? Map.of() : Map.of("Range", "bytes=" + from + "-");
        Response response = get(uri, range);
        try {
            if (response.status() == RANGE_REFUSED) {
                response.close();
                response = get(uri, Map.of());
            }
            requireFound(response, name);
            long start = 0;
            long size = response.header("Content-Length").map(Long::parseLong).orElse(RemoteFile.UNKNOWN);
            if (response.status() == PARTIAL) {
                Matcher part =
                        CONTENT_RANGE.matcher(response.header("Content-Range").orElse(""));
                if (!part.matches()) {
                    throw new IOException("a partial answer does not say which part it is");
                }
                start = Long.parseLong(part.group(1));
                size = part.group(2).equals("*") ? RemoteFile.UNKNOWN : Long.parseLong(part.group(2));
            }
            return new Source.Piece(closing(response), start, size, version(response));
        } catch (IOException | RuntimeException e) {
            response.close();
            throw e;
        }
    }

    private static Optional<String> version(Response response) {
        return response.header("ETag").filter(tag -> !tag.startsWith("W/"));
    }

    private static InputStream closing(Response response) throws IOException {
        return new FilterInputStream(response.body()) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return in.read(bytes, offset, length);
            }

            /** Without reading to the end, as closing the stream would. */
            @Override
            public void close() {
                response.close();
            }
        };
    }

    /** What a small file holds; empty where there is none. */
    Optional<byte[]> read(URI uri, String name, int max) throws IOException {
        try (Response response = get(uri, Map.of())) {
            if (response.status() == NOT_FOUND) {
                return Optional.empty();
            }
            requireFound(response, name);
            return Optional.of(response.bytes(max, where + " " + name));
        }
    }

    /** How large a file is; empty where there is none. */
    Optional<Long> size(URI uri, String name) throws IOException {
        try (Response response = get(uri, Map.of())) {
            if (response.status() == NOT_FOUND) {
                return Optional.empty();
            }
            requireFound(response, name);
            return Optional.of(
                    response.header("Content-Length").map(Long::parseLong).orElse(RemoteFile.UNKNOWN));
        }
    }

    /** The answer, be it a refusal, after redirections. */
    Response get(URI uri, Map<String, String> headers) throws IOException {
        URI target = uri;
        for (int i = 0; i <= REDIRECTIONS_MAX; i++) {
            boolean own = isSameHost(uri, target);
            Response response = connect(target, own ? asking.headers(target, headers) : headers);
            Optional<String> next = redirection(response);
            if (next.isEmpty()) {
                return response;
            }
            response.close();
            target = follow(target, next.get());
        }
        throw refused("redirects more than " + REDIRECTIONS_MAX + " times", "Check the location");
    }

    private Response connect(URI uri, Map<String, String> headers) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(stallMillis);
        connection.setReadTimeout(stallMillis);
        connection.setRequestProperty("User-Agent", "streamrank");
        headers.forEach(connection::setRequestProperty);
        return new Response(connection);
    }

    private static Optional<String> redirection(Response response) {
        return switch (response.status()) {
            case 301, 302, 303, 307, 308 -> response.header("Location");
            default -> Optional.empty();
        };
    }

    private URI follow(URI from, String to) throws FetchException {
        URI target;
        try {
            target = from.resolve(to);
        } catch (IllegalArgumentException e) {
            throw refused("redirects to what is no URL", "Check the location");
        }
        boolean web = "https".equals(target.getScheme())
                || ("http".equals(target.getScheme()) && "http".equals(from.getScheme()));
        if (!web || target.getHost() == null) {
            throw refused(
                    "redirects from " + from.getScheme() + " to " + target.getScheme() + ", expected https",
                    "Name where it is in the end, if you trust it");
        }
        return target;
    }

    private static boolean isSameHost(URI a, URI b) {
        return a.getScheme().equals(b.getScheme()) && a.getRawAuthority().equalsIgnoreCase(b.getRawAuthority());
    }

    /** Passes an answer that holds what was asked for. */
    void requireFound(Response response, String name) throws IOException {
        int status = response.status();
        if (status == OK || status == PARTIAL) {
            return;
        }
        String said = "the server answers " + status + text(response);
        switch (status) {
            case NOT_FOUND -> throw refused(name, "is not there: " + said, "Check the location");
            case UNAUTHORIZED, 403 ->
                throw refused(
                        name,
                        "may not be read: " + said,
                        "Set streamrank.fetch.token, .username and .password, .registry-auth or .s3.…, as the server asks");
            case 408, 425, 429, 500, 502, 503, 504 -> throw new BusyException(said, retryAfter(response));
            default -> throw refused(name, said + ", expected 200", "Check the location");
        }
    }

    private static @Nullable Duration retryAfter(Response response) {
        return response.header("Retry-After")
                .filter(text -> text.matches("\\d{1,6}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .orElse(null);
    }

    /** What an error's body says in short, without what could be markup. */
    private static String text(Response response) {
        try (InputStream in = response.connection.getErrorStream()) {
            if (in == null) {
                return "";
            }
            String text = new String(in.readNBytes(ERROR_TEXT_MAX), StandardCharsets.UTF_8);
            Matcher code = Pattern.compile("<Code>(\\w+)</Code>|\"code\"\\s*:\\s*\"([\\w.-]+)\"")
                    .matcher(text);
            return code.find() ? " " + (code.group(1) != null ? code.group(1) : code.group(2)) : "";
        } catch (IOException e) {
            return "";
        }
    }

    private FetchException refused(String problem, String remedy) {
        return new FetchException(where, problem, remedy);
    }

    private FetchException refused(String name, String problem, String remedy) {
        return new FetchException(where + " " + name, problem, remedy);
    }

    /** A server that may answer another time. */
    static final class BusyException extends IOException {
        private static final long serialVersionUID = 1L;

        private final @Nullable Duration after;

        BusyException(String message, @Nullable Duration after) {
            super(message);
            this.after = after;
        }

        /** When it says so; null where it does not. */
        @Nullable Duration after() {
            return after;
        }
    }
}
