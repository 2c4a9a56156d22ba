package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"demarc"
	"demarc/account"
	"demarc/api"
	"demarc/api/apitest"
	"demarc/audit"
	"demarc/store"
)

func config(d *apitest.Door, id, secret, token string) aws.Config {
	return aws.Config{
		Region: string(d.Site.Region), BaseEndpoint: &d.URL, Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func own(t *testing.T, d *apitest.Door, profile string) aws.Config { return d.Config(t, profile) }

func codeOf(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// TestAssumeRole: the platform acts as the facility, which trusts it; others
// cannot; the credentials end with their time, and with the trust.
func TestAssumeRole(t *testing.T) {
	d := apitest.Open(t)
	facility, platform := d.Account(t, "facility"), d.Account(t, "platform")
	arn := "arn:aws:iam::" + string(facility.ID) + ":role/patching"
	ask := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("night"), DurationSeconds: aws.Int32(900)}

	got, err := sts.NewFromConfig(own(t, d, "platform")).AssumeRole(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	session := "arn:aws:sts::" + string(facility.ID) + ":assumed-role/patching/night"
	if *got.AssumedRoleUser.Arn != session || !strings.HasPrefix(*got.Credentials.AccessKeyId, "ASIA") || time.Until(*got.Credentials.Expiration) > 15*time.Minute {
		t.Errorf("got %+v", got.AssumedRoleUser)
	}
	assumed := config(d, *got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey, *got.Credentials.SessionToken)
	who, err := sts.NewFromConfig(assumed).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != session || *who.Account != string(facility.ID) || *who.UserId != *got.AssumedRoleUser.AssumedRoleId {
		t.Errorf("who: %+v %v", who, err)
	}

	presigned, err := sts.NewPresignClient(sts.NewFromConfig(assumed)).PresignGetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.Get(presigned.URL); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("presigned: %v %v", answer, err)
	}

	if _, err := ec2.NewFromConfig(assumed).CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.40.0.0/16")}); err != nil {
		t.Error(err)
	}
	var seen []string
	for _, record := range audit.List(d.Store.Local(), facility, audit.Query{}, 9) {
		if record.Session == session && record.Source == platform.ID {
			seen = append(seen, record.Operation)
		}
	}
	if strings.Join(seen, " ") != "CreateVpc AssumeRole" {
		t.Errorf("recorded %v", seen)
	}

	for name, tt := range map[string]struct {
		cfg  aws.Config
		want string
	}{
		"no token":           {config(d, *got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey, ""), "InvalidClientTokenId"},
		"another token":      {config(d, *got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey, "AAAA"), "InvalidClientTokenId"},
		"another's key":      {config(d, d.Key(t, "customer").ID, *got.Credentials.SecretAccessKey, *got.Credentials.SessionToken), "InvalidClientTokenId"},
		"another secret":     {config(d, *got.Credentials.AccessKeyId, "no", *got.Credentials.SessionToken), "SignatureDoesNotMatch"},
		"own key with token": {config(d, d.Key(t, "customer").ID, d.Key(t, "customer").Secret.Reveal(), "AAAA"), "InvalidClientTokenId"},
	} {
		if _, err := sts.NewFromConfig(tt.cfg).GetCallerIdentity(t.Context(), nil); codeOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	none := strings.Replace(arn, "patching", "nothing", 1)
	stranger := sts.NewFromConfig(own(t, d, "customer"))
	_, there := stranger.AssumeRole(t.Context(), ask)
	_, absent := stranger.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &none, RoleSessionName: aws.String("night")})
	e1, ok1 := errors.AsType[smithy.APIError](there)
	e2, ok2 := errors.AsType[smithy.APIError](absent)
	if !ok1 || !ok2 || e1.ErrorCode() != "AccessDenied" || strings.Replace(e1.ErrorMessage(), "patching", "nothing", 1) != e2.ErrorMessage() {
		t.Errorf("a stranger is told %v and %v", there, absent)
	}
	for _, seconds := range []int32{899, 43201} {
		if _, err := sts.NewFromConfig(own(t, d, "platform")).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("night"), DurationSeconds: &seconds}); codeOf(err) != "ValidationError" {
			t.Errorf("%d seconds: %v", seconds, err)
		}
	}

	// Trust that is taken back ends the session at once.
	withdraw := func(tx *store.Tx) error {
		store.Roles.Delete(tx, store.RoleKey(demarc.Role{Account: facility.ID, Name: "patching"}))
		return nil
	}
	if err := d.Store.Write(t.Context(), withdraw); err != nil {
		t.Fatal(err)
	}
	if _, err := dx.NewFromConfig(assumed).DescribeConnections(t.Context(), nil); codeOf(err) != "UnrecognizedClientException" {
		t.Errorf("without the trust: %v", err)
	}
}

// TestExpiredSession: the credentials are refused in each protocol's words, by
// a door that did not make them.
func TestExpiredSession(t *testing.T) {
	d := apitest.Open(t)
	session := demarc.RoleSession{Account: d.Account(t, "facility").ID, Role: "patching", Name: "night", Source: d.Account(t, "platform").ID}
	for _, tt := range []struct {
		left    time.Duration
		sts, dx string
		ec2     string
	}{{time.Minute, "", "", ""}, {-time.Second, "ExpiredToken", "ExpiredTokenException", "RequestExpired"}} {
		now := time.Now()
		session.Expires = now.Add(tt.left)
		made, err := account.Assume(d.Store.Local(), session)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(api.New(api.Config{Store: d.Store, Region: d.Site.Region, Clock: func() time.Time { return now }}))
		t.Cleanup(server.Close)
		cfg := config(d, made.AccessKeyID, made.Secret.Reveal(), made.Token.Reveal())
		cfg.BaseEndpoint = &server.URL
		if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil); codeOf(err) != tt.sts {
			t.Errorf("STS with %v left: %v", tt.left, err)
		}
		if _, err := dx.NewFromConfig(cfg).DescribeConnections(t.Context(), nil); codeOf(err) != tt.dx {
			t.Errorf("Direct Connect with %v left: %v", tt.left, err)
		}
		if _, err := ec2.NewFromConfig(cfg).DescribeVpcs(t.Context(), nil); codeOf(err) != tt.ec2 {
			t.Errorf("EC2 with %v left: %v", tt.left, err)
		}
	}
}

// TestARoleProfile: the AWS CLI assumes the role by itself, from a profile with
// role_arn and source_profile.
func TestARoleProfile(t *testing.T) {
	d := apitest.Open(t)
	text := "[profile night]\nregion = eu-west-1\nrole_arn = arn:aws:iam::" + string(d.Account(t, "facility").ID) + ":role/patching\nsource_profile = platform\nrole_session_name = night\n"
	f, err := os.OpenFile(d.Dir+"/config", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	redirectSTS(t, d)
	cmd := exec.CommandContext(t.Context(), "/usr/bin/aws", "--endpoint-url", d.URL, "--output", "text", "sts", "get-caller-identity", "--query", "Arn")
	cmd.Env = d.Environ("night")
	out, err := cmd.CombinedOutput()
	if want := "arn:aws:sts::" + string(d.Account(t, "facility").ID) + ":assumed-role/patching/night"; err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("got %s %v, want %s", out, err, want)
	}
}

// redirectSTS tells the command line where STS is: the one that Debian has takes
// no address for the call that a profile makes, but rules of its user for it.
func redirectSTS(t *testing.T, d *apitest.Door) {
	t.Helper()
	dir := d.Dir + "/.aws/models/sts/2011-06-15"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	rules := `{"version":"1.0","parameters":{
		"Region":{"builtIn":"AWS::Region","required":false,"documentation":"","type":"String"},
		"UseDualStack":{"builtIn":"AWS::UseDualStack","required":true,"default":false,"documentation":"","type":"Boolean"},
		"UseFIPS":{"builtIn":"AWS::UseFIPS","required":true,"default":false,"documentation":"","type":"Boolean"},
		"Endpoint":{"builtIn":"SDK::Endpoint","required":false,"documentation":"","type":"String"},
		"UseGlobalEndpoint":{"builtIn":"AWS::STS::UseGlobalEndpoint","required":true,"default":false,"documentation":"","type":"Boolean"}},
		"rules":[{"conditions":[],"type":"endpoint","endpoint":{"url":"` + d.URL + `","properties":{},"headers":{}}}]}`
	if err := os.WriteFile(dir+"/endpoint-rule-set-1.json", []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A session of a role that may only work on cases changes nothing by AWS's
// APIs, whatever the account may, and still reads.
func TestARoleForCasesChangesNothing(t *testing.T) {
	d := apitest.Open(t)
	platform, customer := d.Account(t, "platform"), d.Account(t, "customer")
	session := func(role string) aws.Config {
		t.Helper()
		trust := func(tx *store.Tx) error {
			store.Roles.Put(tx, demarc.Role{Account: platform.ID, Name: role, AssumedBy: []demarc.AccountID{customer.ID}})
			return nil
		}
		if err := d.Store.Write(t.Context(), trust); err != nil {
			t.Fatal(err)
		}
		got := apitest.Do(t, sts.NewFromConfig(own(t, d, "customer")).AssumeRole, &sts.AssumeRoleInput{
			RoleArn: aws.String("arn:aws:iam::" + string(platform.ID) + ":role/" + role), RoleSessionName: aws.String("day"),
		})
		return config(d, *got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey, *got.Credentials.SessionToken)
	}
	for _, role := range []string{"platform-agent", "platform-approver", "auditor"} {
		t.Run(role, func(t *testing.T) {
			cfg := session(role)
			before := d.Store.Local().Revision()
			apitest.Refused(t, dx.NewFromConfig(cfg).ConfirmPrivateVirtualInterface, &dx.ConfirmPrivateVirtualInterfaceInput{VirtualInterfaceId: aws.String("dxvif-ffffffff"), VirtualGatewayId: aws.String("vgw-00000000000000001")}, "AccessDeniedException")
			apitest.Refused(t, dx.NewFromConfig(cfg).CreateConnection, &dx.CreateConnectionInput{Location: aws.String("LIS1"), Bandwidth: aws.String("1Gbps"), ConnectionName: aws.String("x")}, "AccessDeniedException")
			apitest.Refused(t, ec2.NewFromConfig(cfg).CreateVpc, &ec2.CreateVpcInput{CidrBlock: aws.String("10.40.0.0/16")}, "UnauthorizedOperation")
			apitest.Refused(t, sts.NewFromConfig(cfg).AssumeRole, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + string(d.Account(t, "facility").ID) + ":role/patching"), RoleSessionName: aws.String("day")}, "AccessDenied")
			if after := d.Store.Local().Revision(); after != before {
				t.Errorf("refused calls moved the store from %d to %d", before, after)
			}
			apitest.Do(t, dx.NewFromConfig(cfg).DescribeVirtualInterfaces, &dx.DescribeVirtualInterfacesInput{})
			apitest.Do(t, ec2.NewFromConfig(cfg).DescribeVpcs, &ec2.DescribeVpcsInput{})
		})
	}
	// Another role of the same account may.
	apitest.Do(t, ec2.NewFromConfig(session("network")).CreateVpc, &ec2.CreateVpcInput{CidrBlock: aws.String("10.40.0.0/16")})
}
