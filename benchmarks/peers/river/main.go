// River with its defaults: `river work`, `river migrate`, and
// `river noop|effort COUNT [SECONDS MARKS]` to enqueue.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

const atOnce = 1000

type noopArgs struct {
	Number int `json:"number"`
}

func (noopArgs) Kind() string { return "noop" }

type effortArgs struct {
	Number  int     `json:"number"`
	Seconds float64 `json:"seconds"`
	Marks   string  `json:"marks"`
}

func (effortArgs) Kind() string { return "effort" }

type noopWorker struct {
	river.WorkerDefaults[noopArgs]
}

func (noopWorker) Work(context.Context, *river.Job[noopArgs]) error { return nil }

type effortWorker struct {
	river.WorkerDefaults[effortArgs]
}

func (effortWorker) Work(_ context.Context, job *river.Job[effortArgs]) error {
	time.Sleep(time.Duration(job.Args.Seconds * float64(time.Second)))
	file, err := os.OpenFile(job.Args.Marks, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = fmt.Fprintln(file, job.Args.Number)
	return err
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, arguments []string) error {
	pool, err := pgxpool.New(ctx, os.Getenv("BENCH_DATABASE_URL"))
	if err != nil {
		return err
	}
	defer pool.Close()
	switch arguments[0] {
	case "migrate":
		return migrate(ctx, pool)
	case "work":
		return work(ctx, pool)
	default:
		return enqueue(ctx, pool, arguments)
	}
}

func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

func work(ctx context.Context, pool *pgxpool.Pool) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, noopWorker{})
	river.AddWorker(workers, effortWorker{})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Logger:  slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}},
		Workers: workers,
	})
	if err != nil {
		return err
	}
	stopping, cancel := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	if err := client.Start(ctx); err != nil {
		return err
	}
	<-stopping.Done()
	return client.Stop(ctx)
}

func enqueue(ctx context.Context, pool *pgxpool.Pool, arguments []string) error {
	client, err := river.NewClient[pgx.Tx](riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(arguments[1])
	if err != nil {
		return err
	}
	for first := 0; first < count; first += atOnce {
		var batch []river.InsertManyParams
		for number := first; number < min(first+atOnce, count); number++ {
			args, err := argsOf(arguments, number)
			if err != nil {
				return err
			}
			batch = append(batch, river.InsertManyParams{Args: args})
		}
		if _, err := client.InsertMany(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

func argsOf(arguments []string, number int) (river.JobArgs, error) {
	if arguments[0] == "noop" {
		return noopArgs{Number: number}, nil
	}
	seconds, err := strconv.ParseFloat(arguments[2], 64)
	return effortArgs{Number: number, Seconds: seconds, Marks: arguments[3]}, err
}
