package io.streamrank.registry;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import org.jspecify.annotations.Nullable;

/** An answer's bytes, but an error once they are more than a registry has to say. */
final class LimitedAnswer implements BodySubscriber<byte[]> {
    private final BodySubscriber<byte[]> whole = BodySubscribers.ofByteArray();
    private final int bytesMax;
    private long bytes;
    private @Nullable Subscription subscription;

    LimitedAnswer(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return whole.getBody();
    }

    @Override
    public void onSubscribe(Subscription to) {
        subscription = to;
        whole.onSubscribe(to);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        bytes += parts.stream().mapToLong(ByteBuffer::remaining).sum();
        if (bytes <= bytesMax) {
            whole.onNext(parts);
        } else if (subscription != null) {
            subscription.cancel();
            whole.onError(new IOException("it answered with more than " + bytesMax + " bytes"));
        }
    }

    @Override
    public void onError(Throwable cause) {
        whole.onError(cause);
    }

    @Override
    public void onComplete() {
        whole.onComplete();
    }
}
