package io.streamrank.fetch;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a checkpoint is. {@link #toString} holds no secrets. */
public sealed interface Location {

    /** A folder or an archive of this machine, or of a volume that is mounted here. */
    record Folder(Path path) implements Location {
        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** A folder or an archive of an HTTP server; a query, which may be a secret, is kept for every file. */
    record Http(URI uri) implements Location {
        @Override
        public String toString() {
            String text = uri.toString();
            int query = text.indexOf('?');
            return query < 0 ? text : text.substring(0, query);
        }
    }

    /**
     * An artifact of an OCI registry.
     *
     * @param registry host, and port where it has another than its protocol's
     * @param reference a tag, or a digest such as {@code sha256:…}
     */
    record Oci(String registry, String repository, String reference) implements Location {
        boolean isPinned() {
            return reference.startsWith("sha256:");
        }

        @Override
        public String toString() {
            return "oci://" + registry + "/" + repository + (isPinned() ? "@" : ":") + reference;
        }
    }

    /** The objects below a prefix of an S3 bucket, or an archive. */
    record S3(String bucket, String key) implements Location {
        @Override
        public String toString() {
            return "s3://" + bucket + "/" + key;
        }
    }

    Pattern SCHEME = Pattern.compile("([a-z][a-z0-9+.-]*):.*", Pattern.CASE_INSENSITIVE);
    Pattern OCI = Pattern.compile("oci://([\\w.-]+(?::\\d+)?)/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
            + "(?::(\\w[\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?");
    Pattern S3_LOCATION = Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?");

    /**
     * Reads a folder's path, or a URL of {@code file}, {@code http}, {@code https}, {@code oci} or {@code s3}.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    static Location parse(String text) {
        Matcher scheme = SCHEME.matcher(text);
        if (!scheme.matches()) {
            return new Folder(Path.of(text));
        }
        return switch (scheme.group(1).toLowerCase(Locale.ROOT)) {
            case "file" -> new Folder(Path.of(uri(text)));
            case "http", "https" -> http(uri(text));
            case "oci" -> oci(text);
            case "s3" -> s3(text);
            default ->
                throw new IllegalArgumentException(
                        "'" + text + "' is no location: expected a folder, or a URL that begins"
                                + " with file:, http://, https://, oci:// or s3://");
        };
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("'" + text + "' is no URL: " + e.getReason(), e);
        }
    }

    private static Location http(URI uri) {
        if (uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "a location such as https://host/path/ has a host, and neither a user nor a"
                            + " fragment; set streamrank.fetch.token for a server that asks who you are");
        }
        return new Http(uri);
    }

    private static Location oci(String text) {
        Matcher oci = OCI.matcher(text);
        if (!oci.matches() || (oci.group(3) == null && oci.group(4) == null)) {
            throw new IllegalArgumentException("'" + text
                    + "' is no artifact: expected oci://host/repository:tag or oci://host/repository@sha256:…");
        }
        @Nullable String digest = oci.group(4);
        return new Oci(oci.group(1), oci.group(2), digest != null ? digest : oci.group(3));
    }

    private static Location s3(String text) {
        Matcher s3 = S3_LOCATION.matcher(text);
        if (!s3.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no bucket: expected s3://bucket/prefix");
        }
        return new S3(s3.group(1), s3.group(2) == null ? "" : s3.group(2));
    }
}
