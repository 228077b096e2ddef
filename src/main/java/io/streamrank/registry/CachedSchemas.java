package io.streamrank.registry;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.streamrank.contract.RegisteredSchemas;
import io.streamrank.contract.SchemaUnavailableException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registry's schemas, each asked for once: an id stands for one schema for good. Looking up never waits: what is not
 * known is asked for by a thread of its own, again and again while the registry is away, with growing pauses. That the
 * registry has no such id is believed once it has said so twice, some time apart, for one of its replicas may lag; and
 * only for a while, for it may be registered yet.
 */
public final class CachedSchemas implements RegisteredSchemas, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CachedSchemas.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** A question that nobody has asked about for so long is another one when it is asked again. */
    private static final Duration FORGOTTEN_AFTER = Duration.ofSeconds(30);

    /** Between the two times that the registry must say that it does not know an id. */
    private static final Duration CONFIRMATION = Duration.ofSeconds(1);

    private final RegistryClient client;
    private final Duration patience;
    private final @Nullable SchemaFolder folder;
    private final Cache<Integer, Lookup> known;
    private final Cache<Integer, Lookup> unusable;
    private final Map<Integer, Question> asked = new ConcurrentHashMap<>();
    private final ScheduledExecutorService asker = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "streamrank-registry");
        thread.setDaemon(true);
        return thread;
    });

    public CachedSchemas(RegistryClient client, RegistrySettings settings) {
        this.client = client;
        this.patience = settings.patience();
        known = Caffeine.newBuilder().maximumSize(settings.maxSchemas()).build();
        unusable = Caffeine.newBuilder()
                .maximumSize(settings.maxSchemas())
                .expireAfterWrite(settings.unknownFor())
                .build();
        folder = settings.cacheDir().map(dir -> SchemaFolder.of(dir, settings)).orElse(null);
        if (folder != null) {
            folder.read(settings.maxSchemas()).forEach((id, schema) -> known.put(id, new Lookup.Known(schema)));
        }
    }

    /** A schema that is being asked for. The asking thread alone changes it, but for when it was looked at. */
    private static final class Question {
        private final long askedNanos = System.nanoTime();
        private volatile long lookedNanos = askedNanos;
        private volatile @Nullable RegistryException trouble;
        private Duration pause = FIRST_PAUSE;
        private boolean denied;

        Duration age() {
            return Duration.ofNanos(System.nanoTime() - askedNanos);
        }

        /** Whether somebody waits for the answer: who does looks often. */
        boolean isForgotten() {
            return Duration.ofNanos(System.nanoTime() - lookedNanos).compareTo(FORGOTTEN_AFTER) > 0;
        }
    }

    /**
     * What is known of an id now. Does not wait.
     *
     * @throws SchemaUnavailableException if the registry has been asked in vain for as long as the settings allow
     */
    @Override
    public Lookup find(int id) {
        Lookup found = settled(id);
        if (found != null) {
            return found;
        }
        Question question =
                asked.compute(id, (same, present) -> present == null || present.isForgotten() ? ask(same) : present);
        question.lookedNanos = System.nanoTime();
        RegistryException trouble = question.trouble;
        if (trouble != null && question.age().compareTo(patience) >= 0) {
            asked.remove(id, question);
            throw new SchemaUnavailableException(
                    "the schema of id " + id + " could not be had within " + patience.toSeconds()
                            + " s (streamrank.registry.patience): " + trouble.getMessage(),
                    trouble);
        }
        // It may have been answered in between.
        Lookup answered = settled(id);
        return answered == null ? new Lookup.Awaited() : answered;
    }

    private @Nullable Lookup settled(int id) {
        Lookup found = known.getIfPresent(id);
        return found == null ? unusable.getIfPresent(id) : found;
    }

    private Question ask(int id) {
        Question question = new Question();
        schedule(id, question, Duration.ZERO);
        return question;
    }

    private void schedule(int id, Question question, Duration pause) {
        try {
            var unused = asker.schedule(() -> answer(id, question), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Closed before schema {} was asked for", id);
        }
    }

    private void answer(int id, Question question) {
        if (!question.equals(asked.get(id)) && question.trouble != null) {
            return; // Given up.
        }
        try {
            Optional<String> text = client.schemaText(id);
            if (text.isPresent()) {
                settle(id, parsed(text.get()));
            } else if (question.denied) {
                settle(id, new Lookup.Unusable("is not known to the registry at " + client.place()));
            } else {
                question.denied = true;
                schedule(id, question, CONFIRMATION);
            }
        } catch (UnusableSchemaException e) {
            settle(id, new Lookup.Unusable(String.valueOf(e.getMessage())));
        } catch (RegistryException e) {
            askAgain(id, question, e);
        } catch (Throwable e) { // Else nobody would ever hear of it.
            askAgain(id, question, new RegistryException("the registry's answer cannot be made sense of", e));
        }
    }

    /** Avro throws all sorts where a text makes no sense to it. */
    private static Lookup parsed(String text) {
        try {
            return new Lookup.Known(new Schema.Parser().parse(text));
        } catch (RuntimeException e) {
            return new Lookup.Unusable("is not one that Avro reads: " + e.getMessage());
        }
    }

    private void askAgain(int id, Question question, RegistryException trouble) {
        if (question.trouble == null) {
            LOG.warn(
                    "Schema {} cannot be had now, and is asked for again for {} s at most: {}",
                    id,
                    patience.toSeconds(),
                    trouble.getMessage());
        }
        question.trouble = trouble;
        long millis = question.pause.toMillis();
        schedule(id, question, Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1)));
        Duration longer = question.pause.multipliedBy(2);
        question.pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    }

    private void settle(int id, Lookup lookup) {
        if (lookup instanceof Lookup.Known found) {
            put(id, found.schema());
        } else {
            unusable.put(id, lookup);
        }
        Question question = asked.remove(id);
        if (question != null && question.trouble != null) {
            LOG.info(
                    "The registry answers again: it was asked for schema {} for {} s",
                    id,
                    question.age().toSeconds());
        }
    }

    /** Remembers what is known already. */
    public void put(int id, Schema schema) {
        if (folder != null) {
            folder.write(id, schema);
        }
        known.put(id, new Lookup.Known(schema));
    }

    /** The id of a schema that has been looked up before, here or, where a folder keeps schemas, by a predecessor. */
    public OptionalInt idOf(Schema schema) {
        return known.asMap().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Lookup.Known found
                        && found.schema().equals(schema))
                .mapToInt(Map.Entry::getKey)
                .min();
    }

    /** The same schemas for those who have time: looking up waits until something is known. */
    public RegisteredSchemas waiting() {
        return new PatientSchemas(this);
    }

    @Override
    public void close() {
        asker.shutdownNow();
    }
}
