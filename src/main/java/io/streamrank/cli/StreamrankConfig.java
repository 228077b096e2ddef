package io.streamrank.cli;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.ingest.Limits.OversizeResults;
import io.streamrank.registry.SubjectNames;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Everything that can be set, by system property ({@code -Dstreamrank.kafka.group-id=…}), environment variable
 * ({@code STREAMRANK_KAFKA_GROUP_ID}) or {@code config/application.properties}; options of the command line win. The
 * README's table lists each with its default, and a test holds it to this interface.
 */
@ConfigMapping(prefix = "streamrank")
public interface StreamrankConfig {
    /** The project's folder, where the demo finds the shipped checkpoint, the sample and the broker's libraries. */
    @WithDefault(".")
    Path home();

    Kafka kafka();

    Topics topics();

    Registry registry();

    Batch batch();

    Limits limits();

    Model model();

    Rollout rollout();

    Fetch fetch();

    Http http();

    Tracing tracing();

    Report report();

    Throughput throughput();

    Replay replay();

    Measure measure();

    /** Further models by the name that requests call them. */
    Map<String, FurtherModel> models();

    /** A model beside the default one. What is not set here is as in {@link Model}. */
    interface FurtherModel {
        /** Its checkpoint folder, in short: {@code streamrank.models.<name>=<folder>}. */
        @WithParentName
        Optional<Path> folder();

        /** Its checkpoint folder. */
        Optional<Path> path();

        /** Where it runs. */
        Optional<String> device();

        /** Its arithmetic. */
        Optional<String> dtype();

        /** Its longest pair in tokens. */
        OptionalInt maxLength();
    }

    /** How Kafka is met. */
    interface Kafka {
        /** Where the cluster is: host:port, comma-separated. */
        @WithDefault("127.0.0.1:9092")
        String bootstrapServers();

        /** The consumer group: workers of one group share the candidates among them. */
        @WithDefault("streamrank")
        String groupId();

        /** This worker's stable name, one for each worker; by default the host's name and a slot on it. */
        Optional<String> instanceId();

        /** Who assigns partitions: classic (the members) or consumer (the broker, KIP-848). */
        @WithDefault("classic")
        GroupProtocol groupProtocol();

        /** What is promised of results: exactly-once, or at-least-once, which is sooner readable. */
        @WithDefault("exactly-once")
        Guarantee delivery();

        /** Whether missing topics are created at start. */
        @WithDefault("false")
        boolean createTopics();

        /** Partitions of created topics. */
        @WithDefault("3")
        int partitions();

        /** Passed to every Kafka client as they are: {@code streamrank.kafka.properties."security.protocol"=SSL}. */
        Map<String, String> properties();
    }

    /** Where things are read and written. */
    interface Topics {
        /** Candidate lists come in. */
        @WithDefault("rerank.candidates")
        String candidates();

        /** Rankings go out. */
        @WithDefault("rerank.ranked")
        String ranked();

        /** What each transaction's scoring cost. */
        @WithDefault("rerank.batches")
        String batches();

        /** Events that can never be ranked. */
        @WithDefault("rerank.candidates.dlq")
        String deadLetters();

        /** What models do, added up. */
        @WithDefault("rerank.throughput")
        String throughput();

        /** How relevant documents are to queries, as judged. */
        @WithDefault("rerank.judgments")
        String judgments();

        /** What each judged query is worth to each model of a replay by a group of workers. */
        @WithDefault("rerank.measures")
        String measures();

        /** The means of these. */
        @WithDefault("rerank.measures.totals")
        String measureTotals();
    }

    /** The schema registry, for events that carry an id instead of a fingerprint. */
    interface Registry {
        /** Where its Confluent-compatible API is, comma-separated where there are several: each is tried in turn. */
        Optional<List<URI>> url();

        /** How events are framed that are written: single-object, or registry, with the id that it gave their schema. */
        @WithDefault("single-object")
        Writing write();

        /** Whether schemas that are missing are registered at start, where events are written with their ids. */
        @WithDefault("false")
        boolean autoRegister();

        /** Names of subjects: topic, record or topic-record. */
        @WithDefault("topic")
        SubjectNames subjects();

        /** Apicurio's group of artifacts. */
        Optional<String> group();

        /** Who asks. */
        Optional<String> username();

        /** And the password. */
        Optional<String> password();

        /** A bearer token instead. */
        Optional<String> token();

        /** Whom to believe, a key store's file; by default whom Java believes. */
        Optional<Path> truststore();

        /** Its password. */
        Optional<String> truststorePassword();

        /** What to show of oneself, a key store's file. */
        Optional<Path> keystore();

        /** Its password. */
        Optional<String> keystorePassword();

        /** How long a request may take. */
        @WithDefault("10s")
        Duration timeout();

        /** How long an event may wait for its schema while the registry is away; then the worker ends. */
        @WithDefault("10m")
        Duration patience();

        /** How long an id is not asked for again that the registry does not know. */
        @WithDefault("1m")
        Duration unknownFor();

        /** The most schemas that are held in memory. */
        @WithDefault("1000")
        int maxSchemas();

        /** A folder that keeps schemas for a start without the registry. */
        Optional<Path> cacheDir();

        /** What events are written with. */
        enum Writing {
            SINGLE_OBJECT,
            REGISTRY
        }
    }

    /** What goes into one forward pass. */
    interface Batch {
        /** Token budget of a forward pass; 0: 4096 on a CPU, 65536 on a GPU. */
        @WithDefault("0")
        int maxTokens();

        /** The most pairs in a forward pass. */
        @WithDefault("4096")
        int maxPairs();

        /** Forward passes of a model under way at a time; 0: 1 on a CPU, 2 on a GPU. */
        @WithDefault("0")
        int passesInFlight();
    }

    /** The worker's bounds. */
    interface Limits {
        /** A larger event, in bytes, is a dead letter. */
        @WithDefault("16777216")
        int maxEventBytes();

        /** An event with more candidates is a dead letter. */
        @WithDefault("10000")
        int maxCandidates();

        /** A ranking larger than this, in bytes before compression, is oversize. */
        @WithDefault("1000000")
        int maxResultBytes();

        /** What becomes of an oversize ranking: dead-letter, or compress, which sends it if the broker takes it so. */
        @WithDefault("dead-letter")
        OversizeResults oversizeResults();

        /** Polling pauses while the events in hand hold more bytes; one poll's worth may come on top. */
        @WithDefault("67108864")
        long maxInFlightBytes();

        /** The most events that one transaction answers. */
        @WithDefault("1000")
        int maxBatchRequests();

        /** How long an event may wait for company while the device is idle. */
        @WithDefault("0s")
        Duration linger();

        /** How long scoring one transaction's worth should take. */
        @WithDefault("500ms")
        Duration transactionTarget();

        /** After which the broker aborts a transaction that a dead worker left open. */
        @WithDefault("30s")
        Duration transactionTimeout();

        /** After which a worker that cannot get its results into Kafka gives up and ends. */
        @WithDefault("5m")
        Duration publishTimeout();

        /** How long a rebalance or a stop waits for what is being scored. */
        @WithDefault("20s")
        Duration drainTimeout();

        /** How long a start waits for the session of a killed predecessor of the same instance id to end. */
        @WithDefault("60s")
        Duration joinTimeout();

        /** A request whose record is older is answered as expired, unscored; 0: however old, it is scored. */
        @WithDefault("0s")
        Duration maxAge();

        /** How often in a row the model may fail on a pair, nothing scored in between, before it counts as broken. */
        @WithDefault("100")
        int maxUnscorable();

        /** How long a forward pass is tried again that a busy or full device has refused. */
        @WithDefault("10s")
        Duration deviceRetryTimeout();

        /** After which a forward pass that has not come back is held to hang: the worker ends at once. */
        @WithDefault("2m")
        Duration deviceTimeout();
    }

    /** What a process says of itself over HTTP, and what it can be asked there. */
    interface Http {
        /** Whether it answers there at all. */
        @WithDefault("true")
        boolean enabled();

        /** On which address; 0.0.0.0 for all of this machine's. */
        @WithDefault("127.0.0.1")
        String host();

        /** On which port; 0 for any free one, which the log names. */
        @WithDefault("8080")
        int port();

        /** The most requests for a ranking that wait or are being worked on at a time; others are refused. */
        @WithDefault("32")
        int maxRerankRequests();

        /** How long a request for a ranking may take. */
        @WithDefault("30s")
        Duration rerankTimeout();

        /** Bearer tokens that open the API, comma-separated. */
        Optional<List<String>> token();

        /** What other instances are shown when they are asked for their windows; by default the first of the tokens. */
        Optional<String> peerToken();

        /** Whose access tokens open it too. */
        Oidc oidc();

        /** Whether the API and the page may show texts of queries and documents. */
        @WithDefault("false")
        boolean texts();

        /** The last rankings, and the last dead letters, that are kept to be shown. */
        @WithDefault("50")
        int recent();

        /** The most API requests at a time; more are told to come again. */
        @WithDefault("64")
        int maxRequests();

        /** The largest body of a request, in bytes. */
        @WithDefault("4194304")
        int maxBodyBytes();

        /** How long an API request may take, but for one to rank. */
        @WithDefault("15s")
        Duration requestTimeout();

        /** How long another instance may take to answer this one. */
        @WithDefault("3s")
        Duration peerTimeout();
    }

    /** An OpenID Connect issuer. */
    interface Oidc {
        /** Its URL, as its tokens name it. */
        Optional<String> issuer();

        /** Which of its access tokens are meant for this API. */
        Optional<String> audience();
    }

    /** What traces hold, where OpenTelemetry's own variables switch them on. */
    interface Tracing {
        /** The most requests whose traces a batch's span links to. */
        @WithDefault("128")
        int maxLinks();
    }

    /** How throughput is added up. */
    interface Throughput {
        /** Whether {@code work} does it too, beside ranking. */
        @WithDefault("false")
        boolean enabled();

        /** Names it to Kafka: its group, its internal topics; by default the workers' group and {@code -throughput}. */
        Optional<String> applicationId();

        /** How much later than its window's end a statistics record may come and still count in it. */
        @WithDefault("10m")
        Duration grace();

        /** Windows of each size that are kept in memory for queries, at least those that are still open. */
        @WithDefault("360")
        int windowsKept();

        /** How long a created throughput topic keeps windows. */
        @WithDefault("7d")
        Duration retention();

        /** How often sums are committed, and so become readable. */
        @WithDefault("1s")
        Duration commitInterval();

        /** How many other instances keep a copy of an instance's windows, to take over at once. */
        @WithDefault("1")
        int standbyReplicas();

        /** Where instances keep their locks; by default in the folder for temporary files. */
        Optional<Path> stateDir();

        /** host:port at which other instances reach this one's HTTP. */
        Optional<String> applicationServer();

        /** How long an end may take. */
        @WithDefault("10s")
        Duration closeTimeout();

        /** What an hour of a kind of device costs, cpu or gpu, in any currency. */
        Map<String, Double> pricePerHour();
    }

    /** How recorded lists are replayed. */
    interface Replay {
        /** Makes {@code work} one of the workers that share a replay of this name, instead of a live one. */
        Optional<String> name();

        /** Where such a replay begins: a time or offsets, as {@code --from} has them; by default at the beginning. */
        Optional<String> from();

        /** Where it ends; by default at what is the end of a partition when it is begun. */
        Optional<String> to();

        /** Which part of all queries its workers rank, by the same choice as {@code replay --sample}. */
        @WithDefault("1")
        double sample();

        /** How often such a worker tells how far its group is. */
        @WithDefault("10s")
        Duration progressInterval();

        /** Progress is set down after so many lists at the latest. */
        @WithDefault("1000")
        int chunkLists();

        /** And after so many characters of text, each document with its query; 0: 64 for each token of a forward pass. */
        @WithDefault("0")
        long chunkChars();

        /** Bytes of records that are read before their turn, about, of the candidates topic and of the ranked one. */
        @WithDefault("67108864")
        long readAheadBytes();

        /** Bytes of live rankings that wait for their lists; one further ahead is not found. */
        @WithDefault("67108864")
        long liveWindowBytes();

        /** How much earlier than the first list live rankings are looked for: what clocks may differ by. */
        @WithDefault("10m")
        Duration liveLead();

        /** How long a partition that has more may give nothing. */
        @WithDefault("1m")
        Duration pollTimeout();
    }

    /** How rankings of a replay by a group of workers are measured. */
    interface Measure {
        /** Names it to Kafka: its group, its internal topics; by default the workers' group and the word measure. */
        Optional<String> applicationId();

        /** Where what is known of queries is kept: disk, or memory. A copy of it is in Kafka. */
        @WithDefault("disk")
        Store store();

        /** The folder for it; by default in the folder for temporary files. */
        Optional<Path> stateDir();

        /** Bytes of memory for the caches of what is on disk. */
        @WithDefault("134217728")
        long storeMemory();

        /** Tasks that share the queries: the most threads, of all instances, that can work at a time. */
        @WithDefault("12")
        int partitions();

        /** Threads of an instance. */
        @WithDefault("1")
        int threads();

        /** How often what is done is committed, and so becomes readable. */
        @WithDefault("500ms")
        Duration commitInterval();

        /** How long an end may take. */
        @WithDefault("10s")
        Duration closeTimeout();

        /** How long the cluster may not answer before the command ends with an error. */
        @WithDefault("5m")
        Duration clusterTimeout();

        /** After which a failure is forgotten; more than five within it end the instance. */
        @WithDefault("5m")
        Duration failureWindow();

        /** Where state is kept. */
        enum Store {
            DISK,
            MEMORY
        }
    }

    /** The model that ranks where a request names none. */
    interface Model {
        /** Its Hugging Face checkpoint folder. */
        Optional<Path> path();

        /** The id that requests call it; by default the folder's name. */
        Optional<String> id();

        /** Where it runs: auto, cpu, gpu, gpu:1. */
        @WithDefault("auto")
        String device();

        /** Its arithmetic: auto (bfloat16 on a GPU, whichever a measurement favours on a CPU), float32, bfloat16. */
        @WithDefault("auto")
        String dtype();

        /** The longest pair in tokens; 0: as long as the checkpoint allows. */
        @WithDefault("0")
        int maxLength();

        /** Threads of a forward pass on a CPU; 0: one for each core. */
        @WithDefault("0")
        int threads();

        /** Bytes, reserved at start, for what a causal model remembers of documents; 0: nothing is remembered. */
        @WithDefault("268435456")
        long stateCache();

        /** Whether a model on a GPU keeps that in the CPU's memory: slower, but there is more of it. */
        @WithDefault("false")
        boolean stateCacheOnHost();

        /** Bytes that the token ids of each model's documents may take, remembered in case they come again; 0: none. */
        @WithDefault("67108864")
        long tokenCache();

        /** Bytes that all models together may take on their devices, each {@code state-cache} included; 0: no limit. */
        @WithDefault("0")
        long memory();

        /** Whether the CPU may take over where the GPU cannot be had or is lost: slower, and never silently. */
        @WithDefault("false")
        boolean cpuFallback();

        /** The library of CUDA operators: auto (the one beside libtorch's libraries, if any), none, or its file. */
        @WithDefault("auto")
        String operators();
    }

    /** How checkpoints are fetched. */
    interface Fetch {
        /** The most bytes of a checkpoint, unpacked. */
        @WithDefault("107374182400")
        long maxBytes();

        /** The most files of it. */
        @WithDefault("1000")
        int maxFiles();

        /** How long all of it may take. */
        @WithDefault("1h")
        Duration timeout();

        /** After which a server that says nothing is given up for this time. */
        @WithDefault("30s")
        Duration stallTimeout();

        /** How often in a row a request may fail, nothing received in between. */
        @WithDefault("6")
        int attempts();

        /** Before the first new attempt; twice as long before each further one, up to half a minute. */
        @WithDefault("1s")
        Duration retryDelay();

        /** A bearer token for the web server or the registry. */
        Optional<String> token();

        /** With the password, for a registry that asks for them. */
        Optional<String> username();

        /** With the username. */
        Optional<String> password();

        /** A Docker config.json with such pairs by registry, as an image pull secret holds it. */
        Optional<Path> registryAuth();

        /** Whether registries are spoken to without TLS. */
        @WithDefault("false")
        boolean plainHttp();

        /** How S3 is met. */
        S3 s3();
    }

    /** Amazon's S3, or what speaks its protocol. */
    interface S3 {
        /** The URL of what speaks S3's protocol; by default Amazon's. */
        Optional<String> endpoint();

        /** The region that requests are signed for. */
        @WithDefault("us-east-1")
        String region();

        /** Who asks; by default the variable AWS_ACCESS_KEY_ID, else nobody. */
        Optional<String> accessKeyId();

        /** Its secret; by default the variable AWS_SECRET_ACCESS_KEY. */
        Optional<String> secretAccessKey();

        /** The token of temporary keys; by default the variable AWS_SESSION_TOKEN. */
        Optional<String> sessionToken();
    }

    /** How models' next revisions come. */
    interface Rollout {
        /** Says which get which share of requests; looked at while the worker runs. */
        Optional<Path> file();

        /** How often that file is looked at. */
        @WithDefault("10s")
        Duration interval();

        /** After which a revision that could not be loaded is tried again. */
        @WithDefault("1m")
        Duration retryInterval();
    }

    /** How replays are reported on. */
    interface Report {
        /** The most lists that a report takes in: it holds some hundred bytes of each for every model. */
        @WithDefault("1000000")
        int maxLists();

        /** Of how many pairs of a query and a document judgments of the topic are held, withdrawn ones too. */
        @WithDefault("5000000")
        int maxJudgments();

        /** The most judged scores of one grade and model that quantiles and histograms of scores are drawn from. */
        @WithDefault("100000")
        int maxScores();
    }
}
