"""How far are Spark's jobs?"""

from pyspark.sql import SparkSession


def begin_group(session: SparkSession, group: str, text: str) -> None:
    """Let the jobs that this thread starts from now on belong to a group.

    Args:
        session: whose jobs.
        group: its name.
        text: what Spark's pages say of it.
    """
    session.sparkContext.setJobGroup(group, text)


def progress(session: SparkSession, group: str) -> float:
    """The part of a group's tasks that have ended, of all that are known so far; 0 where there is none."""
    tracker = session.sparkContext.statusTracker()
    jobs = [tracker.getJobInfo(number) for number in tracker.getJobIdsForGroup(group)]
    stages = [tracker.getStageInfo(number) for job in jobs if job is not None for number in job.stageIds]
    tasks = sum(stage.numTasks for stage in stages if stage is not None)
    done = sum(stage.numCompletedTasks for stage in stages if stage is not None)
    return done / tasks if tasks else 0.0


def application(session: SparkSession) -> str:
    """Spark's own name of what runs, such as ``local-1700000000000``."""
    return session.sparkContext.applicationId


def starve(session: SparkSession) -> bool:
    """Whether jobs run, and no executor is there to work for them."""
    return bool(session.sparkContext.statusTracker().getActiveStageIds()) and not hosts(session)


def hosts(session: SparkSession) -> frozenset[str]:
    """Addresses of the executors that the driver knows, but for its own."""
    context = session.sparkContext._jsc.sc()  # noqa: SLF001 - PySpark has no public way to the executors
    known = context.getExecutorMemoryStatus().keys().mkString(" ").split()
    return frozenset(one.rpartition(":")[0] for one in known) - {context.conf().get("spark.driver.host")}
