package io.streamrank.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;

/** What can break, and how it is broken. Those who strike see that flow is steady before. */
enum Fault {
    /** Records and offsets are written, the commit is not; its partitions are taken over by another. */
    WORKER_KILLED_IN_MID_TRANSACTION("kill -9 of a worker in mid-transaction") {
        @Override
        Blow strike(Scene scene) throws Exception {
            return killInMidTransaction(scene, scene.workerAtWork());
        }
    },

    /** The same, but an orchestrator starts it anew at once under its old name. */
    WORKER_RESTARTED_AFTER_KILL("kill -9 in mid-transaction, restarted at once") {
        @Override
        Blow strike(Scene scene) throws Exception {
            WorkerProcess victim = scene.workerAtWork();
            Blow blow = killInMidTransaction(scene, victim);
            scene.crew().start(victim.name()).awaitAssigned();
            return blow;
        }
    },

    /** Its commit is on its way when it stops; both go on only after others have taken over. */
    ZOMBIE("SIGSTOP of a worker in mid-transaction, SIGCONT after others took over") {
        @Override
        Blow strike(Scene scene) throws Exception {
            WorkerProcess victim = scene.workerAtWork();
            Set<Integer> partitions = scene.crew().partitionsOf(victim);
            CommitTrap trap = catchCommit(scene, victim, CommitTrap.Part.REQUEST);
            victim.pause();
            Blow blow = scene.blow(partitions);
            scene.awaitRecovery(blow);
            trap.deliver();
            victim.resume();
            scene.await(
                    victim.name() + " is back in the group",
                    () -> !scene.crew().partitionsOf(victim).isEmpty());
            return blow;
        }
    },

    /** A stopped worker is taken for dead and replaced by one of its name; then it wakes up, and must end. */
    ZOMBIE_REPLACED("SIGSTOP of a worker in mid-transaction, SIGCONT after its successor took over") {
        @Override
        Blow strike(Scene scene) throws Exception {
            WorkerProcess victim = scene.workerAtWork();
            Set<Integer> partitions = scene.crew().partitionsOf(victim);
            CommitTrap trap = catchCommit(scene, victim, CommitTrap.Part.REQUEST);
            victim.pause();
            Blow blow = scene.blow(partitions);
            scene.crew().start(victim.name()).awaitAssigned();
            scene.awaitRecovery(blow);
            trap.deliver();
            victim.resume();
            scene.await(victim.name() + " of old has ended", () -> !victim.isAlive());
            assertThat(victim.log()).contains("another worker of group");
            return blow;
        }
    },

    /** The clean bounce of every rollout. */
    WORKER_TERMINATED("SIGTERM of a worker under load") {
        @Override
        Blow strike(Scene scene) throws Exception {
            WorkerProcess victim = scene.workerAtWork();
            Blow blow = scene.blowOfLeaving(victim);
            victim.terminate();
            // Before its successor comes, whose name is the same.
            scene.awaitRecovery(blow);
            return blow;
        }
    },

    BROKER_KILLED("kill -9 of the broker, restarted") {
        @Override
        Blow strike(Scene scene) throws Exception {
            scene.stage().broker().kill();
            Thread.sleep(scene.random().nextInt(2_000));
            scene.stage().broker().restart();
            return scene.blow(Scene.allPartitions());
        }
    },

    BROKER_BOUNCED("clean bounce of the broker") {
        @Override
        Blow strike(Scene scene) {
            scene.stage().broker().restart();
            return scene.blow(Scene.allPartitions());
        }
    },

    /** Longer than a request may take and a session lasts. */
    BROKER_STALLED("SIGSTOP of the broker for 9 s") {
        @Override
        Blow strike(Scene scene) throws Exception {
            scene.stage().broker().pause();
            try {
                Thread.sleep(9_000);
            } finally {
                scene.stage().broker().resume();
            }
            return scene.blow(Scene.allPartitions());
        }
    },

    /** Connections are reset and refused, shorter than a session lasts. */
    WORKER_CUT_OFF("TCP cut of a worker for 4 s") {
        @Override
        Blow strike(Scene scene) throws Exception {
            WorkerProcess victim = scene.workerAtWork();
            Set<Integer> partitions = scene.crew().partitionsOf(victim);
            scene.stage().proxy().cut(victim.clientPrefix());
            Thread.sleep(4_000);
            scene.stage().proxy().heal();
            return scene.blow(partitions);
        }
    },

    /** As when a cable is pulled: nobody is told. Longer than a session lasts. */
    ALL_STALLED("network stall of all workers for 8 s") {
        @Override
        Blow strike(Scene scene) throws Exception {
            scene.stage().proxy().stall(scene.crew().clientPrefix());
            Thread.sleep(8_000);
            scene.stage().proxy().heal();
            return scene.blow(Scene.allPartitions());
        }
    },

    /** The commit happens; who asked for it is not told, and its client's own repetitions end before it may ask. */
    COMMIT_ANSWER_LOST("commit's answer lost, its client cut off for 6 s") {
        @Override
        Blow strike(Scene scene) throws Exception {
            WorkerProcess victim = scene.workerAtWork();
            Set<Integer> partitions = scene.crew().partitionsOf(victim);
            CommitTrap trap = catchCommit(scene, victim, CommitTrap.Part.ANSWER);
            scene.stage().proxy().cut(victim.producer());
            trap.lose();
            Thread.sleep(WorkerProcess.MAX_BLOCK_SECONDS * 1_000L + 2_000);
            scene.stage().proxy().heal();
            return scene.blow(partitions);
        }
    };

    private final String title;

    Fault(String title) {
        this.title = title;
    }

    /** What the report calls it. */
    String title() {
        return title;
    }

    /** Breaks it, and mends what is to be mended but for the dead, whom the crew's {@code fill} replaces. */
    abstract Blow strike(Scene scene) throws Exception;

    private static Blow killInMidTransaction(Scene scene, WorkerProcess victim) throws Exception {
        Set<Integer> partitions = scene.crew().partitionsOf(victim);
        CommitTrap trap = catchCommit(scene, victim, CommitTrap.Part.REQUEST);
        victim.kill();
        trap.lose();
        return scene.blow(partitions);
    }

    private static CommitTrap catchCommit(Scene scene, WorkerProcess victim, CommitTrap.Part part)
            throws InterruptedException {
        CommitTrap trap = scene.stage().proxy().catchCommit(victim.producer(), part);
        trap.awaitCaught();
        return trap;
    }
}
