package io.streamrank.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.fetch.FetchSettings.Keys;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs GETs as S3 asks: AWS Signature Version 4, in the Authorization header. The address must be encoded as S3 has it:
 * everything but letters, digits and {@code -._~} by percent, slashes of a path aside.
 */
final class SignedRequest {
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String HMAC = "HmacSHA256";
    private static final String NO_BODY = Digests.sha256(new byte[0]);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("yyyyMMdd").withZone(ZoneOffset.UTC);

    private SignedRequest() {}

    /** The headers to send: the others, and those that S3 wants. */
    static Map<String, String> headers(URI uri, Map<String, String> others, Keys keys, String region, Instant now) {
        Map<String, String> headers = new TreeMap<>(others);
        headers.put("x-amz-date", TIME.format(now));
        headers.put("x-amz-content-sha256", NO_BODY);
        keys.sessionToken().ifPresent(token -> headers.put("x-amz-security-token", token));

        Map<String, String> signed = new TreeMap<>();
        headers.forEach((name, value) -> signed.put(name.toLowerCase(Locale.ROOT), value.strip()));
        signed.put("host", uri.getRawAuthority());
        String names = String.join(";", signed.keySet());
        String request = String.join(
                "\n",
                "GET",
                uri.getRawPath().isEmpty() ? "/" : uri.getRawPath(),
                query(uri),
                signed.entrySet().stream()
                        .map(header -> header.getKey() + ":" + header.getValue() + "\n")
                        .collect(Collectors.joining()),
                names,
                NO_BODY);
        String scope = DAY.format(now) + "/" + region + "/s3/aws4_request";
        String toSign = String.join("\n", ALGORITHM, TIME.format(now), scope, Digests.sha256(request.getBytes(UTF_8)));
        byte[] key = hmac(("AWS4" + keys.secretAccessKey()).getBytes(UTF_8), DAY.format(now));
        for (String part : new String[] {region, "s3", "aws4_request"}) {
            key = hmac(key, part);
        }
        headers.put(
                "Authorization",
                ALGORITHM + " Credential=" + keys.accessKeyId() + "/" + scope + ", SignedHeaders=" + names
                        + ", Signature=" + HexFormat.of().formatHex(hmac(key, toSign)));
        return headers;
    }

    /** In the order of names, each with an equals sign. */
    private static String query(URI uri) {
        String query = uri.getRawQuery();
        return query == null || query.isEmpty()
                ? ""
                : Stream.of(query.split("&"))
                        .map(part -> part.contains("=") ? part : part + "=")
                        .sorted()
                        .collect(Collectors.joining("&"));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + HMAC, e);
        }
    }
}
