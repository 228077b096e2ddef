package io.streamrank.testing;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.CacheStatistics;
import io.streamrank.model.DocumentIds;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.Reranker;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A reranker without a model: a "token" is a character, and the score of a document is the number its text ends with,
 * so that a test writes down the ranking it wants. Can be held, and can be made to fail.
 */
public final class TestingReranker implements Reranker {
    private static final int MAX_LENGTH = 64;

    private volatile ModelRef model;
    private final AtomicInteger batches = new AtomicInteger();
    private final AtomicInteger scored = new AtomicInteger();
    private final AtomicLong saved = new AtomicLong();
    private final AtomicInteger hits = new AtomicInteger();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile Function<List<EncodedPair>, RuntimeException> failure = pairs -> null;
    private volatile boolean uninterruptible;
    private volatile String device = "cpu";
    private volatile long slownessMs;
    private volatile boolean forgetful;
    private volatile boolean sharesPrefixes;
    private volatile int rememberedTokens;
    private volatile DocumentIds documentIds;
    private volatile boolean closed;

    public TestingReranker(String id) {
        this.model = new ModelRef(id, "0123456789ab", "testing");
    }

    /** Says that it runs there. */
    public TestingReranker on(String device) {
        this.device = device;
        return this;
    }

    /** Says that its checkpoint is this one. */
    public TestingReranker ofRevision(String revision) {
        this.model = new ModelRef(model.id(), revision, model.family());
        return this;
    }

    /** Keeps the next batches from ending until the returned latch is counted down. */
    public CountDownLatch hold() {
        gate = new CountDownLatch(1);
        return gate;
    }

    /** The same, and no interruption ends it either, as a native call cannot be. */
    public CountDownLatch holdUninterruptibly() {
        uninterruptible = true;
        return hold();
    }

    /** Makes every later batch throw this. */
    public void failWith(RuntimeException failure) {
        failWhen(pairs -> failure);
    }

    /** Makes every later batch throw what this gives for it, if anything. */
    public void failWhen(Function<List<EncodedPair>, RuntimeException> failure) {
        this.failure = failure;
    }

    /** The score it gives a pair. */
    public static float scoreOf(EncodedPair pair) {
        return Float.intBitsToFloat(pair.ids()[0]);
    }

    /** Makes every later batch take this long. */
    public TestingReranker slow(Duration slowness) {
        slownessMs = slowness.toMillis();
        return this;
    }

    /** Makes every later batch come back one score short. */
    public void forgetOneScore() {
        forgetful = true;
    }

    /** Takes a document for a prefix, as causal models do, of which it remembers so many tokens. */
    public TestingReranker sharingPrefixes(int rememberedTokens) {
        this.sharesPrefixes = true;
        this.rememberedTokens = rememberedTokens;
        return this;
    }

    /** Takes token ids such as these. */
    public TestingReranker taking(DocumentIds ids) {
        documentIds = ids;
        return this;
    }

    /** Pairs scored so far. */
    public int pairs() {
        return scored.get();
    }

    /** Forward passes begun so far. */
    public int batches() {
        return batches.get();
    }

    @Override
    public ModelRef model() {
        return model;
    }

    @Override
    public String device() {
        return device;
    }

    @Override
    public String dtype() {
        return "float32";
    }

    @Override
    public int maxLength() {
        return MAX_LENGTH;
    }

    @Override
    public List<EncodedPair> encode(String query, List<String> documents) {
        return documents.stream().map(document -> encode(query, document)).toList();
    }

    @Override
    public List<EncodedPair> encode(RerankRequest request) {
        return encode(
                request.query().text(),
                request.candidates().stream().map(Candidate::text).toList());
    }

    /** Counts each document that it has met before as a hit. */
    @Override
    public CacheStatistics tokenCache() {
        return new CacheStatistics(hits.get(), seen.size(), 0, 0);
    }

    @Override
    public Optional<DocumentIds> documentIds() {
        return Optional.ofNullable(documentIds);
    }

    @Override
    public int sharedTokens(EncodedPair pair) {
        return pair.prefixTokens();
    }

    @Override
    public int rememberedTokens(EncodedPair pair) {
        return Math.min(rememberedTokens, pair.prefixTokens());
    }

    @Override
    public long savedTokens() {
        return saved.get();
    }

    private EncodedPair encode(String query, String document) {
        hits.addAndGet(seen.add(document) ? 0 : 1);
        String number = document.substring(document.lastIndexOf(' ') + 1);
        int length = Math.max(1, Math.min(MAX_LENGTH, query.length() + document.length()));
        int[] ids = new int[length];
        ids[0] = Float.floatToIntBits(Float.parseFloat(number));
        Arrays.fill(ids, Math.min(length, document.length()), length, query.hashCode());
        int prefix = sharesPrefixes ? Math.min(length, document.length()) : 0;
        return new EncodedPair(ids, new int[0], query.length() + document.length() > MAX_LENGTH, prefix);
    }

    @Override
    public float[] score(List<EncodedPair> pairs) {
        batches.incrementAndGet();
        scored.addAndGet(pairs.size());
        pairs.forEach(pair -> saved.addAndGet(rememberedTokens(pair)));
        try {
            pass(gate);
            Thread.sleep(slownessMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        RuntimeException thrown = failure.apply(pairs);
        if (thrown != null) {
            throw thrown;
        }
        float[] scores = new float[forgetful ? pairs.size() - 1 : pairs.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = scoreOf(pairs.get(i));
        }
        return scores;
    }

    private void pass(CountDownLatch through) throws InterruptedException {
        while (true) {
            try {
                through.await();
                return;
            } catch (InterruptedException e) {
                if (!uninterruptible) {
                    throw e;
                }
            }
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }
}
