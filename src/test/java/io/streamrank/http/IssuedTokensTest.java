package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.streamrank.http.AccessSettings.Issuer;
import io.streamrank.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against an issuer on this machine, which publishes its keys and can change them. */
@Timeout(240)
class IssuedTokensTest {
    private static final String AUDIENCE = "streamrank";
    private static final String STATIC = "a-token-beside-it-0123";

    private final List<RsaJsonWebKey> published = new CopyOnWriteArrayList<>();
    private final AtomicInteger keyRequests = new AtomicInteger();
    private final RsaJsonWebKey key = key("first");
    private HttpServer issuer;
    private String url;
    private TestingServer server;

    @BeforeEach
    void start() throws IOException {
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        url = "http://127.0.0.1:" + issuer.getAddress().getPort() + "/realm";
        publish(
                "/realm/.well-known/openid-configuration",
                () -> "{\"issuer\":\"" + url + "\",\"jwks_uri\":\"" + url + "/keys\",\"introspection_endpoint\":\""
                        + url + "/introspect\"}");
        publish("/realm/keys", () -> {
            keyRequests.incrementAndGet();
            return new JsonWebKeySet(published).toJson();
        });
        issuer.start();
        published.add(key);
        server = TestingServer.start(
                TestingServer.settings(new AccessSettings(List.of(STATIC), Optional.of(new Issuer(url, AUDIENCE)))),
                ApiSources.NONE);
    }

    private void publish(String path, Supplier<String> text) {
        issuer.createContext(path, exchange -> {
            try (exchange) {
                byte[] body = text.get().getBytes(UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
    }

    @AfterEach
    void stop() {
        server.close();
        issuer.stop(0);
    }

    @Test
    void anAccessTokenOpensTheApi() throws Exception {
        assertThat(asked(signed(claims(), key)).statusCode()).isEqualTo(200);
        assertThat(asked(signed(claims(), key)).statusCode()).isEqualTo(200);
        assertThat(keyRequests).hasValue(1);
    }

    @Test
    void soDoesATokenThatIsSet() throws Exception {
        assertThat(asked(STATIC).statusCode()).isEqualTo(200);
        assertThat(keyRequests).hasValue(0);
    }

    @Test
    void refusesATokenForAnother() throws Exception {
        JwtClaims claims = claims();
        claims.setAudience("another");

        assertRefused(signed(claims, key), "not meant for the audience streamrank");

        claims.unsetClaim("aud");
        assertRefused(signed(claims, key), "not meant for the audience streamrank");
    }

    @Test
    void refusesATokenOfAnother() throws Exception {
        JwtClaims claims = claims();
        claims.setIssuer(url + "/other");

        assertRefused(signed(claims, key), "not of the issuer " + url);
    }

    @Test
    void refusesATokenOutOfItsTime() throws Exception {
        JwtClaims expired = claims();
        expired.setExpirationTimeMinutesInTheFuture(-1);
        JwtClaims early = claims();
        early.setNotBeforeMinutesInThePast(-2);
        JwtClaims endless = claims();
        endless.unsetClaim("exp");

        assertRefused(signed(expired, key), "expired");
        assertRefused(signed(early, key), "not a JWT, in force");
        assertRefused(signed(endless, key), "not a JWT, in force");
    }

    @Test
    void refusesAnUnsignedToken() throws Exception {
        JsonWebSignature unsigned = new JsonWebSignature();
        unsigned.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
        unsigned.setAlgorithmHeaderValue(AlgorithmIdentifiers.NONE);
        unsigned.setPayload(claims().toJson());

        assertRefused(unsigned.getCompactSerialization(), "not a JWT, in force");
    }

    /** The published key is known to all: it must not do for a secret. */
    @Test
    void refusesATokenSignedWithThePublicKeyAsASecret() throws Exception {
        JsonWebSignature confused = new JsonWebSignature();
        confused.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
        confused.setKeyIdHeaderValue(key.getKeyId());
        confused.setKey(new HmacKey(key.getRsaPublicKey().getEncoded()));
        confused.setPayload(claims().toJson());

        assertRefused(confused.getCompactSerialization(), "not a JWT, in force");
    }

    @Test
    void refusesAKeyThatIsNotPublished() throws Exception {
        assertRefused(signed(claims(), key("unknown")), "not a JWT, in force");
        assertRefused(signed(claims(), key("first")), "not a JWT, in force");
    }

    @ParameterizedTest
    @ValueSource(strings = {"opaque-token-0123456789", "a.b.c", "..", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"})
    void refusesWhatIsNoToken(String text) throws Exception {
        assertRefused(text, "not a JWT, in force");
    }

    @Test
    void followsAChangeOfKeys() throws Exception {
        assertThat(asked(signed(claims(), key)).statusCode()).isEqualTo(200);
        RsaJsonWebKey next = key("second");
        published.clear();
        published.add(next);
        // Keys are not fetched more often than that.
        Thread.sleep(IssuedTokens.REFETCH.toMillis() + 100);

        assertThat(asked(signed(claims(), next)).statusCode()).isEqualTo(200);
        assertRefused(signed(claims(), key), "not a JWT, in force");
    }

    @Test
    void strangeKeysDoNotMakeItAskTheIssuerEachTime() throws Exception {
        RsaJsonWebKey strange = key("strange");
        long start = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            assertThat(asked(signed(claims(), strange)).statusCode()).isEqualTo(401);
        }

        long seconds = (System.nanoTime() - start) / 1_000_000_000;
        assertThat(keyRequests.get()).isLessThanOrEqualTo((int) seconds + 3);
    }

    @Test
    void saysThatTheIssuerDoesNotAnswer() throws Exception {
        issuer.stop(0);

        HttpResponse<String> answer = asked(signed(claims(), key));

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
        assertThat(TestingServer.error(answer)).contains(url);
    }

    /** Its answer begins, and never ends. */
    @Test
    void anIssuerThatStallsHoldsUpTheRequestsOfNobodyElse() throws Exception {
        try (StallingIssuer stalling = new StallingIssuer();
                TestingServer other = server(stalling.url(), 16)) {
            String token = signed(claims(), key);
            List<CompletableFuture<HttpResponse<String>>> strangers = Stream.generate(
                            () -> other.sendAsync(other.request("/api/models", "Authorization", "Bearer " + token)))
                    .limit(12)
                    .toList();
            Eventually.await("it is asked", () -> stalling.requests() > 0);

            for (int i = 0; i < 5; i++) {
                assertThat(other.get("/api/models", "Authorization", "Bearer " + STATIC)
                                .statusCode())
                        .isEqualTo(200);
            }
            assertThat(strangers).anyMatch(each -> !each.isDone());

            for (CompletableFuture<HttpResponse<String>> each : strangers) {
                assertThat(each.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
            }
            assertThat(stalling.requests()).isEqualTo(1);
        }
    }

    @Test
    void whatHasNotTheShapeOfATokenIsRefusedUnasked() throws Exception {
        try (StallingIssuer stalling = new StallingIssuer();
                TestingServer other = server(stalling.url(), 16)) {
            for (String text : List.of("opaque", "a.b", "a.b.c.d", "a..c", "a.b.", "a.b+.c", "a.b.c=")) {
                HttpResponse<String> answer = other.get("/api/models", "Authorization", "Bearer " + text);

                assertThat(answer.statusCode()).as(text).isEqualTo(401);
            }
            assertThat(stalling.requests()).isZero();
        }
    }

    @Test
    void refusesADocumentThatIsTooLong() throws Exception {
        publish("/long/.well-known/openid-configuration", () -> " ".repeat(2 << 20) + "{}");
        try (TestingServer other = server(url.replace("/realm", "/long"), 16)) {
            HttpResponse<String> answer = other.get("/api/models", "Authorization", "Bearer " + signed(claims(), key));

            assertThat(answer.statusCode()).isEqualTo(503);
        }
    }

    private static TestingServer server(String issuer, int maxRequests) throws IOException {
        return TestingServer.start(
                TestingServer.settings(
                        new AccessSettings(List.of(STATIC), Optional.of(new Issuer(issuer, AUDIENCE))), maxRequests),
                ApiSources.NONE);
    }

    /** Sends the head of an answer and a byte of its body. */
    private static final class StallingIssuer implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> connections = new CopyOnWriteArrayList<>();

        StallingIssuer() throws IOException {
            Thread thread = new Thread(this::stall, "stalling-issuer");
            thread.setDaemon(true);
            thread.start();
        }

        private void stall() {
            try {
                while (true) {
                    Socket connection = listening.accept();
                    connection
                            .getOutputStream()
                            .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".getBytes(UTF_8));
                    connections.add(connection);
                }
            } catch (IOException closed) {
                assertThat(listening.isClosed()).isTrue();
            }
        }

        int requests() {
            return connections.size();
        }

        String url() {
            return "http://127.0.0.1:" + listening.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            listening.close();
            for (Socket connection : connections) {
                connection.close();
            }
        }
    }

    @Test
    void takesNoOtherIssuersDocument() throws Exception {
        String alias = url.replace("127.0.0.1", "localhost");
        AccessSettings settings = new AccessSettings(List.of(), Optional.of(new Issuer(alias, AUDIENCE)));
        try (TestingServer other = TestingServer.start(TestingServer.settings(settings), ApiSources.NONE)) {
            HttpResponse<String> answer = other.get("/api/models", "Authorization", "Bearer " + signed(claims(), key));

            assertThat(answer.statusCode()).isEqualTo(503);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://issuer.example", "ftp://localhost", "issuer.example", "https//x", "not a url"})
    void anIssuerIsAskedByHttpsAlone(String issuer) {
        assertThatThrownBy(() -> new Issuer(issuer, AUDIENCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("oidc.issuer must be an https URL");
    }

    private void assertRefused(String token, String why) throws Exception {
        HttpResponse<String> answer = asked(token);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(401);
        assertThat(TestingServer.error(answer)).contains(why).doesNotContain(token);
        assertThat(answer.headers().firstValue("www-authenticate").orElse("")).contains("invalid_token");
    }

    private HttpResponse<String> asked(String token) throws IOException, InterruptedException {
        return server.get("/api/models", "Authorization", "Bearer " + token);
    }

    private JwtClaims claims() {
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(url);
        claims.setAudience(AUDIENCE);
        claims.setSubject("somebody");
        claims.setExpirationTimeMinutesInTheFuture(10);
        return claims;
    }

    private static String signed(JwtClaims claims, RsaJsonWebKey key) throws JoseException {
        JsonWebSignature signature = new JsonWebSignature();
        signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.RSA_USING_SHA256);
        signature.setKeyIdHeaderValue(key.getKeyId());
        signature.setKey(key.getPrivateKey());
        signature.setPayload(claims.toJson());
        return signature.getCompactSerialization();
    }

    private static RsaJsonWebKey key(String id) {
        try {
            RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2_048);
            key.setKeyId(id);
            return key;
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }
}
