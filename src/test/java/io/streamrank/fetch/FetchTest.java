package io.streamrank.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.streamrank.fetch.Fetch.Wanted;
import io.streamrank.fetch.FetchSettings.Access;
import io.streamrank.fetch.FetchSettings.Keys;
import io.streamrank.fetch.FetchSettings.S3;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FetchTest {
    private static final Keys KEYS = new Keys("AKID", "a/secret+key", Optional.of("session"));
    private static final int WEIGHTS = 300_000;

    private final Map<String, byte[]> checkpoint = new TreeMap<>();
    private final FakeServer server;
    private final List<String> retried = new ArrayList<>();

    private Access access = Access.NONE;
    private S3 s3 = S3.ANONYMOUS;
    private long maxBytes = 1 << 20;
    private int maxFiles = 100;
    private int attempts = 3;

    @TempDir
    private Path folder = Path.of("");

    FetchTest() throws IOException {
        server = new FakeServer();
        byte[] weights = new byte[WEIGHTS];
        new Random(1).nextBytes(weights);
        checkpoint.put("config.json", "{\"model_type\": \"bert\"}".getBytes(UTF_8));
        checkpoint.put("tokenizer.json", "{}".getBytes(UTF_8));
        checkpoint.put("model.safetensors", weights);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void takesAFolderAndNothingThatMakesNoCheckpoint() throws Exception {
        Path source = Files.createDirectories(folder.resolve("source"));
        write(source);
        Files.writeString(source.resolve("pytorch_model.bin"), "a pickle");
        Files.createDirectories(source.resolve("1_LogitScore"));
        Files.writeString(source.resolve("1_LogitScore/config.json"), "{}");

        Fetched fetched = fetch(source.toString(), Wanted.ANY);

        assertThat(fetched.isNew()).isTrue();
        assertThat(fetched.sha256()).isEqualTo(sha256());
        assertThat(names(to()))
                .containsExactly(
                        ".streamrank-fetch.json",
                        "1_LogitScore/config.json",
                        "config.json",
                        "model.safetensors",
                        "tokenizer.json");
        assertThat(folder.resolve(".model.partial")).doesNotExist();
    }

    @Test
    void takesOfAWebServerWhatACheckpointIsMadeOf() throws Exception {
        serve("/models/a/");
        server.with("/models/a/tokenizer_config.json", "{}".getBytes(UTF_8));

        fetch(server.url("/models/a"), Wanted.ANY);

        assertFetched();
        assertThat(to().resolve("tokenizer_config.json")).hasContent("{}");
        assertThat(server.asked()).contains("/models/a/SHA256SUMS", "/models/a/reranker.json");
    }

    @Test
    void takesTheShardsThatAnIndexNames() throws Exception {
        byte[] weights = requireNonNull(checkpoint.remove("model.safetensors"));
        serve("/a/");
        server.with(
                        "/a/model.safetensors.index.json",
                        "{\"weight_map\": {\"x\": \"part-1.safetensors\"}}".getBytes(UTF_8))
                .with("/a/part-1.safetensors", weights);

        fetch(server.url("/a/"), Wanted.ANY);

        assertThat(Files.readAllBytes(to().resolve("part-1.safetensors"))).isEqualTo(weights);
    }

    @Test
    void takesWhatItsSumsNameAndHoldsItToThem() throws Exception {
        serve("/a/");
        server.with("/a/SHA256SUMS", sums().getBytes(UTF_8));
        fetch(server.url("/a/"), Wanted.ANY);
        assertFetched();

        server.with("/b/SHA256SUMS", sums().getBytes(UTF_8));
        serve("/b/");
        server.with("/b/model.safetensors", "something else".getBytes(UTF_8));
        assertThatThrownBy(() -> fetch(server.url("/b/"), folder.resolve("b"), Wanted.ANY))
                .isInstanceOf(FetchException.class)
                .hasMessageStartingWith(server.url("/b/") + " model.safetensors: its SHA-256 is "
                        + Digests.sha256("something else".getBytes(UTF_8)) + ", expected "
                        + Digests.sha256(requireNonNull(checkpoint.get("model.safetensors"))));
        assertThat(folder.resolve("b")).doesNotExist();
    }

    @Test
    void goesOnWhereAConnectionBreaks() throws Exception {
        serve("/a/");
        server.cutting(4);

        fetch(server.url("/a/"), Wanted.ANY);

        assertFetched();
        assertThat(server.asked()).anyMatch(asked -> asked.matches("/a/model.safetensors bytes=\\d+-"));
        assertThat(retried).isNotEmpty();
    }

    @Test
    void beginsAnewWhereAServerGivesNoParts() throws Exception {
        serve("/a/");
        server.withoutRanges();
        server.cutting(2);

        fetch(server.url("/a/"), Wanted.ANY);

        assertFetched();
    }

    @Test
    void waitsForABusyServerAndGivesUpInTheEnd() throws Exception {
        serve("/a/");
        server.busyFor(2);
        fetch(server.url("/a/"), Wanted.ANY);
        assertFetched();

        server.busyFor(1_000);
        assertThatThrownBy(() -> fetch(server.url("/a/"), folder.resolve("b"), Wanted.ANY))
                .isInstanceOf(FetchException.class)
                .hasMessageContaining("cannot be fetched, tried 3 times: the server answers 503");
    }

    @Test
    void whatIsThereIsNotFetchedAgain() throws Exception {
        serve("/a/");
        fetch(server.url("/a/"), Wanted.ANY);
        int asked = server.asked().size();

        assertThat(fetch(server.url("/a/"), Wanted.ANY).isNew()).isFalse();
        assertThat(fetch(server.url("/elsewhere/"), revision(sha256().substring(0, 12)))
                        .isNew())
                .isFalse();
        assertThat(server.asked()).hasSize(asked);
    }

    @Test
    void replacesNothingUnlessAllowed() throws Exception {
        serve("/a/");
        serve("/b/");
        fetch(server.url("/a/"), Wanted.ANY);
        server.with("/b/config.json", "{\"model_type\": \"electra\"}".getBytes(UTF_8));

        assertThatThrownBy(() -> fetch(server.url("/b/"), Wanted.ANY))
                .hasMessageContaining("holds revision " + sha256().substring(0, 12) + " from " + server.url("/a/"))
                .hasMessageContaining("--replace");
        assertFetched();

        fetch(server.url("/b/"), new Wanted(Optional.empty(), Map.of(), true));
        assertThat(to().resolve("config.json")).hasContent("{\"model_type\": \"electra\"}");
        assertThat(folder.resolve(".model.partial")).doesNotExist();
    }

    @Test
    void fetchesAgainWhatIsNoLongerWhole() throws Exception {
        serve("/a/");
        fetch(server.url("/a/"), Wanted.ANY);
        Files.delete(to().resolve("tokenizer.json"));

        assertThatThrownBy(() -> fetch(server.url("/a/"), Wanted.ANY))
                .hasMessageContaining("holds files that were not fetched there as a whole");
        fetch(server.url("/a/"), new Wanted(Optional.empty(), Map.of(), true));
        assertFetched();
    }

    @Test
    void refusesAnotherRevisionThanExpected() {
        serve("/a/");

        assertThatThrownBy(() -> fetch(server.url("/a/"), revision("000011112222")))
                .isInstanceOf(FetchException.class)
                .hasMessage(server.url("/a/") + ": holds revision " + sha256().substring(0, 12)
                        + ", expected 000011112222. Name the location of the expected revision, or expect the one that is"
                        + " there");
        assertThat(to()).doesNotExist();
        assertThatThrownBy(() -> revision("main")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void holdsFilesToTheSumsThatAreGiven() throws Exception {
        serve("/a/");
        Map<String, String> sums = new TreeMap<>();
        checkpoint.forEach((name, content) -> sums.put(name, Digests.sha256(content)));
        fetch(server.url("/a/"), new Wanted(Optional.empty(), sums, false));
        assertFetched();

        sums.remove("tokenizer.json");
        assertThatThrownBy(
                        () -> fetch(server.url("/a/"), folder.resolve("b"), new Wanted(Optional.empty(), sums, false)))
                .hasMessageContaining("holds tokenizer.json, of which no checksum is given");
        sums.put("tokenizer.json", Digests.sha256(new byte[1]));
        assertThatThrownBy(
                        () -> fetch(server.url("/a/"), folder.resolve("b"), new Wanted(Optional.empty(), sums, false)))
                .hasMessageContaining("tokenizer.json: its SHA-256 is ");
        sums.put("tokenizer.json", Digests.sha256("{}".getBytes(UTF_8)));
        sums.put("reranker.json", Digests.sha256(new byte[1]));
        assertThatThrownBy(
                        () -> fetch(server.url("/a/"), folder.resolve("b"), new Wanted(Optional.empty(), sums, false)))
                .hasMessageContaining("reranker.json: is not there, expected by its checksum");
    }

    @Test
    void takesNoMoreThanItsBounds() {
        serve("/a/");
        maxBytes = WEIGHTS;
        assertThatThrownBy(() -> fetch(server.url("/a/"), Wanted.ANY))
                .hasMessageContaining("more than the 300000")
                .hasMessageContaining("streamrank.fetch.max-bytes");
        maxBytes = 1 << 20;
        maxFiles = 2;
        assertThatThrownBy(() -> fetch(server.url("/a/"), Wanted.ANY))
                .hasMessageContaining("more than the 2 files of streamrank.fetch.max-files");
    }

    @Test
    void holdsWhatIsThereToChecksumsGivenLater() throws Exception {
        serve("/a/");
        fetch(server.url("/a/"), Wanted.ANY);
        Map<String, String> sums = new TreeMap<>();
        checkpoint.forEach((name, bytes) -> sums.put(name, Digests.sha256(bytes)));
        Wanted held = new Wanted(Optional.empty(), sums, false);
        assertThat(fetch(server.url("/a/"), held).isNew()).isFalse();

        sums.put("tokenizer.json", Digests.sha256(new byte[1]));

        assertThatThrownBy(() -> fetch(server.url("/a/"), new Wanted(Optional.empty(), sums, false)))
                .isInstanceOf(FetchException.class)
                .hasMessageContaining("with the checksums given");
    }

    @Test
    void showsItsTokenToItsOwnHostAlone() throws Exception {
        try (FakeServer elsewhere = new FakeServer()) {
            List<String> shown = new ArrayList<>();
            elsewhere.guardedBy(exchange -> {
                shown.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                return true;
            });
            server.guardedBy(exchange -> require(exchange, "Bearer the-secret-token"));
            serve("/a/");
            elsewhere.with("/cdn/weights", requireNonNull(checkpoint.get("model.safetensors")));
            server.redirecting("/a/model.safetensors", elsewhere.url("/cdn/weights"));
            access = new Access(
                    Optional.of("the-secret-token"), Optional.empty(), Optional.empty(), Optional.empty(), false);

            fetch(server.url("/a/"), Wanted.ANY);

            assertFetched();
            assertThat(shown).isNotEmpty().containsOnly("null");
        }
    }

    @Test
    void tellsWhoIsNotLetInWhatToSet() {
        server.guardedBy(exchange -> require(exchange, "Bearer another"));

        assertThatThrownBy(() -> fetch(server.url("/a/"), Wanted.ANY))
                .isInstanceOf(FetchException.class)
                .hasMessageContaining("may not be read: the server answers 401")
                .hasMessageContaining("Set streamrank.fetch.token");
    }

    @Test
    void unpacksAnArchiveAndTheOneFolderInIt() throws Exception {
        server.with("/a.tar.gz", tarGz("minilm/"));

        fetch(server.url("/a.tar.gz?sig=secret"), Wanted.ANY);

        assertFetched();
        assertThat(Files.readString(to().resolve(".streamrank-fetch.json"))).doesNotContain("secret");
    }

    @Test
    void refusesNamesThatLeadElsewhereAndLinks() throws Exception {
        server.with("/up.tar.gz", tarGz("../"));
        server.with("/root.tar.gz", tarGz("/etc/"));
        server.with("/link.tar.gz", link());

        assertThatThrownBy(() -> fetch(server.url("/up.tar.gz"), Wanted.ANY))
                .hasMessageContaining("holds a file by the name '../config.json'");
        assertThatThrownBy(() -> fetch(server.url("/root.tar.gz"), Wanted.ANY)).isInstanceOf(FetchException.class);
        assertThatThrownBy(() -> fetch(server.url("/link.tar.gz"), Wanted.ANY))
                .hasMessageContaining("holds 'config.json', which is a link or a device");
        assertThatThrownBy(() -> Sums.parse("0".repeat(64) + "  a/../../b\n", "sums"))
                .hasMessageContaining("'a/../../b'");
        assertThat(folder.resolve("config.json")).doesNotExist();
    }

    @Test
    void anArchiveUnpacksToNoMoreThanItsBounds() throws Exception {
        checkpoint.put("model.safetensors", new byte[4 << 20]);
        server.with("/bomb.tar.gz", tarGz(""));

        assertThatThrownBy(() -> fetch(server.url("/bomb.tar.gz"), Wanted.ANY))
                .hasMessageContaining("bytes of streamrank.fetch.max-bytes, unpacked");
    }

    @Test
    void takesAnArtifactOfARegistryByItsToken() throws Exception {
        String digest = pushed("v1", "application/octet-stream");
        registryAsksForTokens();
        access = new Access(Optional.empty(), Optional.of("me"), Optional.of("pass"), Optional.empty(), true);

        Fetched fetched = fetch("oci://" + server.host() + "/team/minilm:v1", Wanted.ANY);
        assertFetched();
        assertThat(fetched.location()).isEqualTo("oci://" + server.host() + "/team/minilm:v1");

        fetch("oci://" + server.host() + "/team/minilm@" + digest, folder.resolve("b"), Wanted.ANY);
        server.with("/v2/team/minilm/manifests/" + digest, "{\"layers\": []}".getBytes(UTF_8));
        assertThatThrownBy(() ->
                        fetch("oci://" + server.host() + "/team/minilm@" + digest, folder.resolve("c"), Wanted.ANY))
                .hasMessageContaining("expected " + digest);
    }

    @Test
    void takesCredentialsAsImagePullSecretsHoldThem() throws Exception {
        pushed("v1", "application/octet-stream");
        registryAsksForTokens();
        Path docker = folder.resolve("config.json");
        String auth = Base64.getEncoder().encodeToString("me:pass".getBytes(UTF_8));
        Files.writeString(docker, "{\"auths\": {\"" + server.host() + "\": {\"auth\": \"" + auth + "\"}}}");
        access = new Access(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(docker), true);

        fetch("oci://" + server.host() + "/team/minilm:v1", Wanted.ANY);

        assertFetched();
    }

    @Test
    void sendsCredentialsNowhereWithoutTls() throws Exception {
        server.guardedBy(exchange -> {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://example.org/token\"");
            FakeServer.send(exchange, 401, "");
            return false;
        });
        access = new Access(Optional.empty(), Optional.of("me"), Optional.of("pass"), Optional.empty(), false);
        RegistryAccess asking = new RegistryAccess(new Location.Oci(server.host(), "team/minilm", "v1"), settings());
        HttpReader reader = new HttpReader("registry", Duration.ofSeconds(10), asking);

        try (HttpReader.Response refusal = reader.get(java.net.URI.create(server.url("/v2/")), Map.of())) {
            assertThatThrownBy(() -> asking.answer(refusal))
                    .hasMessageContaining("it sends to 'http://example.org/token' for a token, expected https");
        }
    }

    @Test
    void refusesALayerThatIsNotWhatItsDigestSays() throws Exception {
        pushed("v1", "application/octet-stream");
        server.with(
                "/v2/team/minilm/blobs/sha256:" + Digests.sha256(requireNonNull(checkpoint.get("model.safetensors"))),
                new byte[WEIGHTS]);
        access = new Access(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), true);

        assertThatThrownBy(() -> fetch("oci://" + server.host() + "/team/minilm:v1", Wanted.ANY))
                .isInstanceOf(FetchException.class)
                .hasMessageContaining("model.safetensors: its SHA-256 is");
    }

    @Test
    void unpacksLayersThatAreArchives() throws Exception {
        byte[] layer = tarGz("models/");
        manifest(
                "v2", "{\"layers\": [" + descriptor(layer, "application/vnd.oci.image.layer.v1.tar+gzip", null) + "]}");
        access = new Access(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), true);

        fetch("oci://" + server.host() + "/team/minilm:v2", Wanted.ANY);

        assertFetched();
    }

    @Test
    void refusesAnIndexOfSeveral() {
        String one = "{\"digest\": \"sha256:" + "0".repeat(64) + "\"}";
        manifest("v3", "{\"manifests\": [" + one + "," + one + "]}");
        access = new Access(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), true);

        assertThatThrownBy(() -> fetch("oci://" + server.host() + "/team/minilm:v3", Wanted.ANY))
                .hasMessageContaining("it is an index of 2 manifests, expected one");
    }

    @Test
    void takesTheObjectsBelowAPrefixWithSignedRequests() throws Exception {
        serve("/bucket/models/mini%20lm/");
        bucketLists("models/mini lm/");
        s3 = new S3(Optional.of(server.url("")), "eu-west-1", Optional.of(KEYS));

        fetch("s3://bucket/models/mini lm", Wanted.ANY);

        assertFetched();
        s3 = new S3(
                Optional.of(server.url("")),
                "eu-west-1",
                Optional.of(new Keys("AKID", "wrong", Optional.of("session"))));
        assertThatThrownBy(() -> fetch("s3://bucket/models/mini lm", folder.resolve("b"), Wanted.ANY))
                .hasMessageContaining("may not be read: the server answers 403 SignatureDoesNotMatch");
    }

    @Test
    void goesOnInABucketWhereAConnectionBreaks() throws Exception {
        serve("/bucket/m/");
        bucketLists("m/");
        server.cutting(2);
        s3 = new S3(Optional.of(server.url("")), "us-east-1", Optional.of(KEYS));

        fetch("s3://bucket/m/", Wanted.ANY);

        assertFetched();
        assertThat(server.asked()).anyMatch(asked -> asked.startsWith("/bucket/m/model.safetensors bytes="));
    }

    @Test
    void severalAtATimeFetchOnce() throws Exception {
        serve("/a/");
        List<CompletableFuture<Fetched>> fetches = Stream.generate(() -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return fetch(server.url("/a/"), Wanted.ANY);
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .limit(3)
                .toList();
        List<Fetched> all = new ArrayList<>();
        for (CompletableFuture<Fetched> each : fetches) {
            all.add(each.get());
        }

        assertThat(all).filteredOn(Fetched::isNew).hasSize(1);
        assertFetched();
    }

    @Test
    void goesOnAfterAnEarlierProcessWithWhatIsCheckedAlready() throws Exception {
        serve("/a/");
        server.with("/a/SHA256SUMS", sums().getBytes(UTF_8));
        attempts = 1;
        server.guardedBy(exchange -> {
            boolean passes = !exchange.getRequestURI().getPath().endsWith("tokenizer.json");
            if (!passes) {
                FakeServer.send(exchange, 503, "");
            }
            return passes;
        });
        assertThatThrownBy(() -> fetch(server.url("/a/"), Wanted.ANY)).isInstanceOf(FetchException.class);
        server.guardedBy(exchange -> true);
        int asked = server.asked().size();

        fetch(server.url("/a/"), Wanted.ANY);

        assertFetched();
        assertThat(server.asked().subList(asked, server.asked().size()))
                .contains("/a/tokenizer.json")
                .doesNotContain("/a/model.safetensors");
    }

    private Path to() {
        return folder.resolve("model");
    }

    private static Wanted revision(String revision) {
        return new Wanted(Optional.of(revision), Map.of(), false);
    }

    private Fetched fetch(String location, Wanted wanted) throws IOException, InterruptedException {
        return fetch(location, to(), wanted);
    }

    private Fetched fetch(String location, Path target, Wanted wanted) throws IOException, InterruptedException {
        FetchWatcher watcher = new FetchWatcher() {
            @Override
            public void retrying(String what, String problem, Duration after) {
                retried.add(what + ": " + problem);
            }
        };
        return new Fetch(Location.parse(location), target, wanted, settings(), FetchTest::sha256, watcher).run();
    }

    private FetchSettings settings() {
        return new FetchSettings(
                maxBytes,
                maxFiles,
                Duration.ofSeconds(50),
                Duration.ofSeconds(20),
                attempts,
                Duration.ofMillis(1),
                access,
                s3);
    }

    /** What stands in for a checkpoint's own SHA-256. */
    private static String sha256(Path whole) {
        try {
            MessageDigest digest = Digests.start();
            for (String name : List.of("config.json", "tokenizer.json")) {
                Digests.add(whole.resolve(name), digest);
            }
            return Digests.end(digest);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String sha256() {
        MessageDigest digest = Digests.start();
        digest.update(checkpoint.get("config.json"));
        digest.update(checkpoint.get("tokenizer.json"));
        return Digests.end(digest);
    }

    private void assertFetched() throws IOException {
        for (Map.Entry<String, byte[]> file : checkpoint.entrySet()) {
            assertThat(Files.readAllBytes(to().resolve(file.getKey())))
                    .as(file.getKey())
                    .isEqualTo(file.getValue());
        }
    }

    private static List<String> names(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private void write(Path target) throws IOException {
        for (Map.Entry<String, byte[]> file : checkpoint.entrySet()) {
            Files.write(target.resolve(file.getKey()), file.getValue());
        }
    }

    private void serve(String prefix) {
        checkpoint.forEach((name, content) -> server.with(prefix + name, content));
    }

    private String sums() {
        StringBuilder sums = new StringBuilder();
        checkpoint.forEach((name, content) ->
                sums.append(Digests.sha256(content)).append("  ").append(name).append('\n'));
        return sums.toString();
    }

    private byte[] tarGz(String prefix) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            for (Map.Entry<String, byte[]> file : checkpoint.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(prefix + file.getKey(), true);
                entry.setSize(file.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] link() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            TarArchiveEntry entry = new TarArchiveEntry("config.json", TarConstants.LF_SYMLINK);
            entry.setLinkName("/etc/passwd");
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        }
        return bytes.toByteArray();
    }

    private static boolean require(HttpExchange exchange, String authorization) throws IOException {
        boolean passes = authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"));
        if (!passes) {
            FakeServer.send(exchange, 401, "");
        }
        return passes;
    }

    /** As the token specification of registries has it: a challenge, a token for who has a password, the artifact. */
    private void registryAsksForTokens() {
        server.with("/token", "{\"token\": \"abc123\", \"expires_in\": 300}".getBytes(UTF_8));
        server.guardedBy(exchange -> {
            String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            if (exchange.getRequestURI().getPath().equals("/token")) {
                boolean known = authorization.equals(
                                "Basic " + Base64.getEncoder().encodeToString("me:pass".getBytes(UTF_8)))
                        && exchange.getRequestURI().getQuery().equals("scope=repository:team/minilm:pull&service=here");
                if (!known) {
                    FakeServer.send(exchange, 401, "");
                }
                return known;
            }
            if (authorization.equals("Bearer abc123")) {
                return true;
            }
            exchange.getResponseHeaders()
                    .set(
                            "WWW-Authenticate",
                            "Bearer realm=\"" + server.url("/token")
                                    + "\",service=\"here\",scope=\"repository:team/minilm:pull\"");
            FakeServer.send(exchange, 401, "");
            return false;
        });
    }

    /** @return the manifest's digest */
    private String pushed(String tag, String type) {
        List<String> layers = new ArrayList<>();
        checkpoint.forEach((name, content) -> layers.add(descriptor(content, type, name)));
        return manifest(tag, "{\"schemaVersion\": 2, \"layers\": [" + String.join(",", layers) + "]}");
    }

    private String manifest(String tag, String json) {
        String digest = "sha256:" + Digests.sha256(json.getBytes(UTF_8));
        server.with("/v2/team/minilm/manifests/" + tag, json.getBytes(UTF_8));
        server.with("/v2/team/minilm/manifests/" + digest, json.getBytes(UTF_8));
        return digest;
    }

    private String descriptor(byte[] content, String type, @Nullable String name) {
        String digest = "sha256:" + Digests.sha256(content);
        server.with("/v2/team/minilm/blobs/" + digest, content);
        String annotations =
                name == null ? "" : ", \"annotations\": {\"org.opencontainers.image.title\": \"" + name + "\"}";
        return "{\"mediaType\": \"" + type + "\", \"digest\": \"" + digest + "\", \"size\": " + content.length
                + annotations + "}";
    }

    /** Pages of two objects, and no answer to who has signed amiss. */
    private void bucketLists(String prefix) {
        List<String> names = List.copyOf(checkpoint.keySet());
        server.guardedBy(exchange -> {
            if (!isSigned(exchange)) {
                FakeServer.send(exchange, 403, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
                return false;
            }
            if (!exchange.getRequestURI().getPath().equals("/bucket/")) {
                return true;
            }
            String query = exchange.getRequestURI().getQuery();
            assertThat(query).endsWith("list-type=2&prefix=" + prefix);
            int from = query.startsWith("continuation-token=next/2&") ? 2 : 0;
            StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?><ListBucketResult>");
            for (String name : names.subList(from, Math.min(from + 2, names.size()))) {
                xml.append("<Contents><Key>")
                        .append(prefix)
                        .append(name)
                        .append("</Key><Size>")
                        .append(requireNonNull(checkpoint.get(name)).length)
                        .append("</Size></Contents>");
            }
            if (from + 2 < names.size()) {
                xml.append("<IsTruncated>true</IsTruncated><NextContinuationToken>next/2</NextContinuationToken>");
            }
            FakeServer.send(exchange, 200, xml + "</ListBucketResult>");
            return false;
        });
    }

    /** Signs again what came, by the steps of the specification, and compares. */
    private static boolean isSigned(HttpExchange exchange) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        String time = exchange.getRequestHeaders().getFirst("X-amz-date");
        String[] names =
                authorization.replaceAll(".*SignedHeaders=([^,]*),.*", "$1").split(";");
        String scope = authorization.replaceAll(".*Credential=AKID/([^,]*),.*", "$1");
        StringBuilder request = new StringBuilder("GET\n")
                .append(exchange.getRequestURI().getRawPath())
                .append('\n')
                .append(
                        exchange.getRequestURI().getRawQuery() == null
                                ? ""
                                : exchange.getRequestURI().getRawQuery())
                .append('\n');
        for (String name : names) {
            request.append(name)
                    .append(':')
                    .append(exchange.getRequestHeaders().getFirst(name))
                    .append('\n');
        }
        request.append('\n').append(String.join(";", names)).append('\n').append(Digests.sha256(new byte[0]));
        try {
            byte[] key = ("AWS4" + KEYS.secretAccessKey()).getBytes(UTF_8);
            for (String part : scope.split("/")) {
                key = hmac(key, part);
            }
            String signature = HexFormat.of()
                    .formatHex(hmac(
                            key,
                            "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n"
                                    + Digests.sha256(request.toString().getBytes(UTF_8))));
            return authorization.endsWith("Signature=" + signature)
                    && exchange.getRequestHeaders()
                            .getFirst("X-amz-security-token")
                            .equals("session");
        } catch (java.security.GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) throws java.security.GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(UTF_8));
    }
}
