"""Lets the rooms of a worker be woken: one queue for each, one wake-up at a time."""

import asyncio
import logging
from threading import Thread

import procrastinate
from procrastinate import PsycopgConnector

from app.engine import schema
from app.engine.wakeups import task_of
from app.errands import Room

log = logging.getLogger(__name__)

AGAIN = 5.0  # seconds after the engine was lost; meanwhile the rooms look by themselves
CONNECTIONS = 8


class Crew:
    """A thread in which the engine runs. While it is away, the rooms only look by themselves."""

    def __init__(self, address: str, rooms: list[Room]) -> None:
        self._address = address.replace("+psycopg", "", 1)
        self._rooms = rooms
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._stay(),))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take no more wake-ups; return when the rooms have ended what they were woken for."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()

    async def _stay(self) -> None:
        while not self._over.is_set():
            try:
                await self._serve()
            except Exception as problem:
                log.warning("The engine is away, workers look by themselves: %s", problem)
                await _first_of(self._over.wait(), asyncio.sleep(AGAIN))

    async def _serve(self) -> None:
        await asyncio.to_thread(schema.make, self._address)
        engine = self._engine()
        async with engine.open_async():
            services = [self._serve_room(engine, room) for room in self._rooms]
            await _first_of(self._over.wait(), *services)

    async def _serve_room(self, engine: procrastinate.App, room: Room) -> None:
        await engine.run_worker_async(
            queues=[room.name],
            name=room.name,
            delete_jobs="always",
            install_signal_handlers=False,
        )

    def _engine(self) -> procrastinate.App:
        options = {"options": f"-c search_path={schema.NAME}"}
        connector = PsycopgConnector(
            conninfo=self._address, kwargs=options, min_size=1, max_size=CONNECTIONS
        )
        engine = procrastinate.App(connector=connector)
        for room in self._rooms:
            engine.task(name=task_of(room.name), queue=room.name)(room.look)
        return engine


async def _first_of(*things: object) -> None:
    """Until one of them ends; the others are ended orderly. Raises what it raised."""
    tasks = [asyncio.ensure_future(thing) for thing in things]  # type: ignore[call-overload]
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for task in done:
        task.result()
