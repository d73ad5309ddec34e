// GetJob on grpc-go and pgx: `getjob PORT`, the database in BENCH_DATABASE_URL.
//
// It does what our own handler does for the database: the organisation's setting and the statement
// in one implicit transaction and one round trip, under row-level security. It checks no token.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"campotech-benchmark-go/pb"
)

const setOrganization = `SELECT set_config('app.organization_id', $1, true)`

const oneJob = `
SELECT number, state, customer_id::text, coalesce(technician_id::text, ''), description,
       street_address, locality, province, postal_code, price_minor, price_currency,
       created_at, updated_at, version
FROM jobs
WHERE organization_id = $1::uuid AND id = $2::uuid
  AND created_at = uuid_extract_timestamp($2::uuid)`

type jobs struct{ pool *pgxpool.Pool }

func (jobs *jobs) get(ctx context.Context, request *pb.GetJobRequest) (*pb.GetJobResponse, error) {
	parts := strings.Split(request.GetName(), "/")
	if len(parts) != 4 {
		return nil, status.Error(codes.InvalidArgument, "name must look like organizations/*/jobs/*")
	}
	organization := parts[1]
	batch := &pgx.Batch{}
	batch.Queue(setOrganization, organization)
	batch.Queue(oneJob, organization, parts[3])
	results := jobs.pool.SendBatch(ctx, batch)
	defer results.Close()
	if _, err := results.Exec(); err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}

	job := &pb.Job{
		Name:           request.GetName(),
		ServiceAddress: &pb.Address{},
		Price:          &pb.Money{},
	}
	var state, customer, technician string
	var created, updated time.Time
	var version int
	err := results.QueryRow().Scan(&job.Number, &state, &customer, &technician, &job.Description,
		&job.ServiceAddress.StreetAddress, &job.ServiceAddress.Locality,
		&job.ServiceAddress.Province, &job.ServiceAddress.PostalCode, &job.Price.AmountMinor,
		&job.Price.CurrencyCode, &created, &updated, &version)
	if err == pgx.ErrNoRows {
		return nil, status.Error(codes.NotFound, "no such job")
	}
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}
	job.State = pb.Job_State(pb.Job_State_value["STATE_"+state])
	job.Customer = fmt.Sprintf("organizations/%s/customers/%s", organization, customer)
	if technician != "" {
		job.Technician = fmt.Sprintf("organizations/%s/members/%s", organization, technician)
	}
	job.CreateTime = timestamppb.New(created)
	job.UpdateTime = timestamppb.New(updated)
	job.Etag = fmt.Sprint(version)
	return &pb.GetJobResponse{Job: job}, nil
}

func getJob(server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	request := &pb.GetJobRequest{}
	if err := decode(request); err != nil {
		return nil, err
	}
	return server.(*jobs).get(ctx, request)
}

var service = grpc.ServiceDesc{
	ServiceName: "campotech.jobs.v1.JobService",
	HandlerType: (*any)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: "GetJob", Handler: getJob}},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	settings, err := pgxpool.ParseConfig(os.Getenv("BENCH_DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	settings.MaxConns = 20
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	server.RegisterService(&service, &jobs{pool})
	go func() {
		<-ctx.Done()
		server.Stop()
	}()
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
