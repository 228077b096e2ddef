package io.streamrank.cli;

import io.streamrank.ingest.IngestSettings;
import io.streamrank.ingest.TopicCheck;
import java.util.List;

/** The dead-letter topic as the commands reach it. */
final class DeadLetterTopic {
    private DeadLetterTopic() {}

    /** A reader of it, once it is there. */
    static LetterReader reader(StreamrankConfig config, KafkaOptions kafka) throws InterruptedException {
        IngestSettings settings = settings(config, kafka);
        String topic = settings.topics().deadLetters();
        new TopicCheck(settings).require(List.of(topic));
        return new LetterReader(kafka.clientConfig(config), topic);
    }

    static IngestSettings settings(StreamrankConfig config, KafkaOptions kafka) {
        return new WorkerAssembly(config)
                .ingestSettings(kafka.bootstrapServers(config), "dlq", false, kafka.clientProperties(config));
    }
}
