package io.streamrank.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An artifact of an OCI registry, by the distribution specification: a manifest whose layers are files, named as ORAS or
 * the ModelPack specification do, or archives. The manifest is held to the digest that the location names, each layer to
 * the digest that the manifest does.
 */
final class OciSource implements Source {
    private static final int MANIFEST_BYTES_MAX = 4 << 20;
    private static final String INDEXES =
            "application/vnd.oci.image.index.v1+json,application/vnd.docker.distribution.manifest.list.v2+json";
    private static final String MANIFESTS = "application/vnd.oci.image.manifest.v1+json,"
            + "application/vnd.docker.distribution.manifest.v2+json," + INDEXES;
    private static final List<String> NAMES = List.of("org.opencontainers.image.title", "org.cncf.model.filepath");
    private static final String UNPACK = "io.deis.oras.content.unpack";
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern GZIPPED = Pattern.compile(".*tar[.+]gzip");
    private static final Pattern TAR = Pattern.compile(".*[./]tar");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Location.Oci location;
    private final String base;
    private final HttpReader reader;
    private final RegistryAccess access;

    OciSource(Location.Oci location, FetchSettings settings) {
        this.location = location;
        this.base = (settings.access().plainHttp() ? "http://" : "https://") + location.registry() + "/v2/"
                + location.repository();
        this.access = new RegistryAccess(location, settings);
        this.reader = new HttpReader(location.toString(), settings.stallTimeout(), access);
    }

    @Override
    public List<RemoteFile> files() throws IOException {
        JsonNode manifest = manifest(location.reference());
        if (manifest.has("manifests")) {
            manifest = manifest(onlyOne(manifest));
        }
        List<RemoteFile> files = new ArrayList<>();
        for (JsonNode layer : manifest.path("layers")) {
            files.add(file(layer, files.size()));
        }
        if (files.isEmpty()) {
            throw refused("its manifest has no layers, expected a checkpoint's files", "Check which artifact it is");
        }
        return files;
    }

    /** Of several that an index lists, none is the right one by itself; attestations beside one don't count. */
    private String onlyOne(JsonNode index) throws FetchException {
        List<String> digests = new ArrayList<>();
        for (JsonNode each : index.path("manifests")) {
            if (!each.at("/annotations/vnd.docker.reference.type").asText().equals("attestation-manifest")) {
                digests.add(digest(each));
            }
        }
        if (digests.size() != 1) {
            throw refused(
                    "it is an index of " + digests.size() + " manifests, expected one: " + digests,
                    "Name one of them as oci://" + location.registry() + "/" + location.repository() + "@sha256:…");
        }
        return digests.get(0);
    }

    private JsonNode manifest(String reference) throws IOException {
        String name = "manifest " + reference;
        try (HttpReader.Response response =
                get(URI.create(base + "/manifests/" + reference), Map.of("Accept", MANIFESTS))) {
            reader.requireFound(response, name);
            byte[] bytes = response.bytes(MANIFEST_BYTES_MAX, location + " " + name);
            String found = "sha256:" + Digests.sha256(bytes);
            if (reference.startsWith("sha256:") && !found.equals(reference)) {
                throw refused(
                        name + " has the digest " + found + ", expected " + reference,
                        "The registry, or somebody between, gives something else: don't use it");
            }
            return JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw refused(name + " is no JSON", "Check that the registry speaks the OCI distribution protocol");
        }
    }

    private RemoteFile file(JsonNode layer, int number) throws FetchException {
        String digest = digest(layer);
        String type = layer.path("mediaType").asText();
        String name = NAMES.stream()
                .map(key -> layer.path("annotations").path(key).asText())
                .filter(value -> !value.isEmpty())
                .findFirst()
                .orElse("");
        boolean packed = name.isEmpty()
                || layer.path("annotations").path(UNPACK).asText().equals("true")
                || TAR.matcher(type).matches()
                || GZIPPED.matcher(type).matches();
        Packing packing = !packed ? Packing.NONE : GZIPPED.matcher(type).matches() ? Packing.TAR_GZIP : Packing.TAR;
        if (packed && !TAR.matcher(type).matches() && !GZIPPED.matcher(type).matches()) {
            throw refused(
                    "layer " + (number + 1) + " is of type " + type + " and has no name, expected an annotation "
                            + NAMES.get(0) + ", or a tar, gzipped or not",
                    "Push the files with 'oras push', which names them");
        }
        return new RemoteFile(
                packed ? "layer-" + number : FileNames.require(name, location.toString()),
                layer.path("size").asLong(RemoteFile.UNKNOWN),
                Optional.of(digest.substring("sha256:".length())),
                packing,
                base + "/blobs/" + digest);
    }

    private String digest(JsonNode descriptor) throws FetchException {
        String digest = descriptor.path("digest").asText();
        if (!DIGEST.matcher(digest).matches()) {
            throw refused(
                    "a digest is '" + digest + "', expected sha256: and 64 digits", "Push it with SHA-256 digests");
        }
        return digest;
    }

    /** Asks for a token where the registry wants one, once. */
    private HttpReader.Response get(URI uri, Map<String, String> headers) throws IOException {
        HttpReader.Response response = reader.get(uri, headers);
        if (response.status() == HttpReader.UNAUTHORIZED && access.answer(response)) {
            response.close();
            return reader.get(uri, headers);
        }
        return response;
    }

    @Override
    public Piece open(RemoteFile file, long from) throws IOException {
        URI uri = URI.create(file.address());
        if (access.isStale()) {
            // A token lasts for minutes, a large layer longer.
            get(URI.create(base + "/manifests/" + location.reference()), Map.of("Accept", MANIFESTS))
                    .close();
        }
        return reader.open(uri, file.name(), from);
    }

    private FetchException refused(String problem, String remedy) {
        return new FetchException(location.toString(), problem, remedy);
    }

    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }
}
