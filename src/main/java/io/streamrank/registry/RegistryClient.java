package io.streamrank.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The few calls of Confluent's registry API that are needed. Each waits for its answer, as long as the settings allow.
 * Follows no redirects, as they would be told who asks. Thread-safe.
 *
 * <p>Only an answer in the registry's own words that there is no such thing counts as that: a 404 alone may as well come
 * from a proxy, or from a wrong path. Everything else that is not the answer to the question is a {@link
 * RegistryException}.
 */
public final class RegistryClient {
    /** How the API calls its JSON. */
    private static final String JSON_TYPE = "application/vnd.schemaregistry.v1+json";

    private static final int ANSWER_BYTES_MAX = 4 << 20;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int SERVER_ERRORS = 500;
    private static final int NO_SUBJECT = 40401;
    private static final int NO_VERSION = 40402;
    private static final int NO_SCHEMA = 40403;
    private static final int NO_CONFIG = 40408;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegistrySettings settings;
    private final HttpClient client;

    public RegistryClient(RegistrySettings settings) {
        this.settings = settings;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .connectTimeout(settings.timeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1);
        if (settings.urls().stream().anyMatch(url -> "https".equals(url.getScheme()))) {
            builder.sslContext(settings.tls().context());
        }
        client = builder.build();
    }

    /** Where it is, for messages. */
    public String place() {
        return String.join(", ", settings.urls().stream().map(URI::toString).toList());
    }

    /** The text of the schema of an id, if the registry has one; an error where that is none of Avro's. */
    Optional<String> schemaText(int id) {
        return call("GET", "/schemas/ids/" + id, null, NO_SCHEMA).map(RegistryClient::avroText);
    }

    /** All that is registered under a subject, oldest first; nothing where there is no such subject. */
    public List<RegisteredVersion> versions(String subject) {
        List<RegisteredVersion> versions = new ArrayList<>();
        String path = "/subjects/" + escaped(subject) + "/versions";
        for (JsonNode number : call("GET", path, null, NO_SUBJECT).orElse(JSON.createArrayNode())) {
            call("GET", path + "/" + number.asInt(), null, NO_SUBJECT, NO_VERSION)
                    .map(answer -> version(subject, answer))
                    .ifPresent(versions::add);
        }
        return versions;
    }

    private static RegisteredVersion version(String subject, JsonNode answer) {
        int version = requireInt(answer, "version");
        String text = avroText(answer);
        try {
            return new RegisteredVersion(version, requireInt(answer, "id"), new Schema.Parser().parse(text));
        } catch (RuntimeException e) { // Avro throws all sorts where a text makes no sense to it
            throw new RegistryException(
                    "version " + version + " of subject " + subject + " is no Avro schema: " + e.getMessage(), e);
        }
    }

    /**
     * Registers a schema under a subject.
     *
     * @return its id
     * @throws IncompatibleSchemaException if the registry's rules forbid it
     */
    public int register(String subject, Schema schema) {
        String path = "/subjects/" + escaped(subject) + "/versions";
        return requireInt(call("POST", path, body(schema)).orElseThrow(), "id");
    }

    /** Whether the registry's rules for a subject would let a schema follow the latest. */
    public boolean wouldAccept(String subject, Schema schema) {
        String path = "/compatibility/subjects/" + escaped(subject) + "/versions/latest?verbose=true";
        return call("POST", path, body(schema), NO_SUBJECT, NO_VERSION)
                .map(answer -> answer.path("is_compatible").asBoolean())
                .orElse(true);
    }

    /** What the registry's rules for a subject are called: BACKWARD, NONE. */
    public String compatibility(String subject) {
        Optional<JsonNode> own =
                call("GET", "/config/" + escaped(subject) + "?defaultToGlobal=true", null, NO_SUBJECT, NO_CONFIG);
        return own.or(() -> call("GET", "/config", null))
                .map(answer -> answer.path("compatibilityLevel").asText("unknown"))
                .orElse("unknown");
    }

    private static byte[] body(Schema schema) {
        String body = JsonNodeFactory.instance
                .objectNode()
                .put("schema", schema.toString())
                .put("schemaType", "AVRO")
                .toString();
        return body.getBytes(UTF_8);
    }

    private static String avroText(JsonNode answer) {
        String type = answer.path("schemaType").asText("AVRO");
        if (!type.equals("AVRO")) {
            throw new UnusableSchemaException("is of type " + type + ", not Avro");
        }
        if (answer.path("references").size() > 0) {
            throw new UnusableSchemaException("refers to other schemas, which is not supported: register it whole");
        }
        JsonNode schema = answer.path("schema");
        if (!schema.isTextual()) {
            throw new RegistryException("the registry's answer holds no schema");
        }
        return schema.asText();
    }

    private static int requireInt(JsonNode answer, String field) {
        JsonNode value = answer.path(field);
        if (!value.isInt()) {
            throw new RegistryException("the registry's answer holds no " + field);
        }
        return value.intValue();
    }

    private static String escaped(String subject) {
        return URLEncoder.encode(subject, UTF_8).replace("+", "%20");
    }

    /** Asks one address after the other until one answers. */
    private Optional<JsonNode> call(String method, String path, byte @Nullable [] body, int... absent) {
        RegistryException failure = null;
        for (URI url : settings.urls()) {
            try {
                return answer(url, exchanged(url, method, path, body), absent);
            } catch (RegistryAwayException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw failure == null ? new RegistryException("no registry is set") : failure;
    }

    private HttpResponse<byte[]> exchanged(URI url, String method, String path, byte @Nullable [] body) {
        BodyPublisher publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(url.toString().replaceFirst("/+$", "") + path))
                .header("Accept", JSON_TYPE + ", application/json")
                .method(method, publisher);
        if (body != null) {
            request.header("Content-Type", JSON_TYPE);
        }
        settings.authorization().ifPresent(value -> request.header("Authorization", value));
        settings.group().ifPresent(group -> request.header("X-Registry-GroupId", group));
        // The request's own timeout would end with the head of the answer; this one is for its body, too.
        CompletableFuture<HttpResponse<byte[]>> answer =
                client.sendAsync(request.build(), head -> new LimitedAnswer(ANSWER_BYTES_MAX));
        try {
            return answer.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new RegistryAwayException(url + " cannot be asked: " + reason(e.getCause()), e.getCause());
        } catch (TimeoutException e) {
            throw new RegistryAwayException(
                    url + " gave no whole answer within " + settings.timeout().toMillis()
                            + " ms (streamrank.registry.timeout)",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryException("interrupted while " + url + " was asked", e);
        } finally {
            answer.cancel(true);
        }
    }

    private static String reason(@Nullable Throwable cause) {
        return cause == null || cause.getMessage() == null
                ? String.valueOf(cause)
                : cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    private static Optional<JsonNode> answer(URI url, HttpResponse<byte[]> response, int... absent) {
        int status = response.statusCode();
        Optional<JsonNode> body = json(response.body());
        if (status == OK && body.isPresent()) {
            return body;
        }
        int code = body.map(node -> node.path("error_code").asInt()).orElse(0);
        if (status == NOT_FOUND) {
            for (int known : absent) {
                if (code == known) {
                    return Optional.empty();
                }
            }
        }
        String said = body.map(node -> node.path("message").asText())
                .filter(text -> !text.isBlank())
                .map(text -> ": " + text)
                .orElse("");
        String message = url + " answered with " + status + said;
        if (status == CONFLICT) {
            throw new IncompatibleSchemaException(message);
        }
        throw status == OK || status >= SERVER_ERRORS
                ? new RegistryAwayException(message + (status == OK ? ", but not with JSON" : ""), null)
                : new RegistryException(message + hint(status));
    }

    private static String hint(int status) {
        return switch (status) {
            case 401, 403 ->
                "; streamrank.registry.username and streamrank.registry.password, or"
                        + " streamrank.registry.token, say who asks";
            case 404 ->
                "; streamrank.registry.url must name the Confluent-compatible API, for Apicurio"
                        + " http://host:port/apis/ccompat/v7";
            default -> "";
        };
    }

    private static Optional<JsonNode> json(byte[] body) {
        try {
            JsonNode node = JSON.readTree(body);
            return node == null || !node.isContainerNode() ? Optional.empty() : Optional.of(node);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new RegistryException("the registry's answer cannot be read", e);
        }
    }
}
