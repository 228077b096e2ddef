package io.streamrank.training;

import io.streamrank.model.TorchTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Replicas of one model, each on a device and, where there are several, on a thread of its own. What all are asked to do
 * is over on all of them when a method returns, and a failure of any is the failure of all.
 */
final class Team implements AutoCloseable {
    private final List<Replica> replicas;
    private final List<ExecutorService> threads;

    /** What a replica is asked to do. */
    interface Work<T> {
        T of(Replica replica, int number);
    }

    /** The same without a result. */
    interface Deed {
        void of(Replica replica, int number);
    }

    Team(List<Replica> replicas) {
        this.replicas = List.copyOf(replicas);
        this.threads = replicas.size() == 1
                ? List.of()
                : replicas.stream().map(Team::thread).toList();
    }

    private static ExecutorService thread(Replica replica) {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "learner-" + replica.device());
            thread.setDaemon(true);
            return thread;
        });
    }

    int size() {
        return replicas.size();
    }

    Replica first() {
        return replicas.get(0);
    }

    List<String> devices() {
        return replicas.stream().map(Replica::device).toList();
    }

    /** Results in the order of the devices. */
    <T> List<T> ask(Work<T> work) {
        if (threads.isEmpty()) {
            return List.of(work.of(first(), 0));
        }
        List<CompletableFuture<T>> asked = IntStream.range(0, size())
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> work.of(replicas.get(i), i), threads.get(i)))
                .toList();
        List<T> results = new ArrayList<>();
        TrainingException failure = null;
        CancellationException stopped = null;
        for (int i = 0; i < size(); i++) {
            try {
                results.add(asked.get(i).join());
            } catch (CompletionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (cause instanceof CancellationException cancelled) {
                    stopped = cancelled;
                    continue;
                }
                TrainingException failed =
                        new TrainingException(replicas.get(i).device() + " failed: " + cause.getMessage(), cause);
                if (failure == null) {
                    failure = failed;
                } else {
                    failure.addSuppressed(failed);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        if (stopped != null) {
            throw stopped;
        }
        return results;
    }

    void tell(Deed deed) {
        List<Integer> unused = ask((replica, number) -> {
            deed.of(replica, number);
            return number;
        });
    }

    /**
     * Gives each device the sum of all devices' states. Each sums a slice, in the order of the devices whoever it is, and
     * then takes the others' slices from those that summed them: so all have the very same numbers, and every device sends
     * and receives as much as any other.
     */
    void sumUp(Learner.Table state, int numbers) {
        if (size() == 1) {
            return;
        }
        List<TorchTensor> all = ask((replica, i) -> replica.share(state, numbers));
        try {
            tell((replica, i) -> replica.sumUp(state, begin(i, numbers), begin(i + 1, numbers), all));
            tell((replica, i) -> {
                for (int other = 0; other < size(); other++) {
                    if (other != i) {
                        replica.take(state, begin(other, numbers), begin(other + 1, numbers), all.get(other));
                    }
                }
            });
        } finally {
            all.forEach(TorchTensor::close);
        }
    }

    private int begin(int slice, int numbers) {
        return (int) ((long) numbers * slice / size());
    }

    /** @throws TrainingException if the devices' weights differ */
    void requireEqualWeights() {
        if (size() == 1) {
            return;
        }
        List<Long> checksums = ask((replica, i) -> replica.checksum());
        for (int i = 1; i < size(); i++) {
            if (!checksums.get(i).equals(checksums.get(0))) {
                throw new TrainingException("the weights on " + replicas.get(i).device() + " are not those on "
                        + first().device() + " (checksums " + checksums
                        + "): a device computes wrongly, or they are not of one kind. Go on from the last snapshot, on"
                        + " fewer devices or on others");
            }
        }
    }

    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdown);
        replicas.forEach(Replica::close);
    }
}
